"""A forbid that is published while calls are made: the last is admitted within the bound, none after."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import httpx
import pytest

from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.enforcing.declarations import BOUND, DOOR, TWICE, Declarations
from tests.support.enforcing.played_caller import PlayedCallers
from tests.support.enforcing.policies import CLOSED, OPEN
from tests.support.enforcing.timeline import Timeline

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]

CLIENTS = 3


class Load:
    """Clients that have the door's service call another one, one call after the other."""

    def __init__(self, project: ProjectCopy, intent: str) -> None:
        self._url = f"{project.address}/ask"
        self._asked = {"service": TWICE, "intent": intent, "payload": {"purpose": "dev"}}
        self._stop = threading.Event()
        self.statuses: dict[str, int] = {}
        """By correlation id, in the order of their answers."""

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not self._stop.is_set():
                name = f"load-{uuid.uuid4().hex}"
                answer = client.post(self._url, json=self._asked, headers={"x-correlation-id": name})
                self.statuses[name] = answer.status_code

    def last(self) -> list[int]:
        return list(self.statuses.values())[-CLIENTS:]

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            runs = [pool.submit(self.run) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                self._stop.set()
            for run in runs:
                run.result()


def test_a_forbid_is_in_force_within_the_bound(
    callers: PlayedCallers, timeline: Timeline, declared: Declarations
) -> None:
    """Calls through the kit, which uses its grants again: by the callees' own clocks the last one is admitted
    within the bound after the forbid was published, and every later one is denied. GOV-4
    """
    intent = next(
        intent for caller, callee, intent in sorted(declared.calls) if (caller, callee) == (DOOR, TWICE)
    )
    timeline.publish((OPEN,))
    load = Load(callers.project, intent)
    with load.running():
        until(lambda: load.last() == [200] * CLIENTS, "calls that are allowed")
        timeline.publish((OPEN, CLOSED))
        forbidden = time.time()
        until(lambda: time.time() > forbidden + BOUND, "the bound")
        done = len(load.statuses)
        until(lambda: len(load.statuses) > done + 5 * CLIENTS, "calls after the bound")
    lines = [line for line in callers.lines() if line.get("correlation_id") in load.statuses]
    admitted = {
        line["correlation_id"]: datetime.fromisoformat(line["timestamp"]).timestamp()
        for line in lines
        if line["message"] == "call admitted"
    }
    assert max(admitted.values()) <= forbidden + BOUND
    assert {name for name, status in load.statuses.items() if status == 200} == set(admitted)
    assert set(load.statuses.values()) == {200, 403}
    reached = [line["correlation_id"] for line in lines if line["message"] == "handler reached"]
    assert sorted(reached) == sorted(admitted)
