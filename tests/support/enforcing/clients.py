"""Clients of the door, which has its service call another one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from tests.support.end_to_end.project import ProjectCopy, had_no_time
from tests.support.enforcing.declarations import TWICE

CLIENTS = 3


class Clients:
    """Clients that have the door's service call another one, one call after the other."""

    def __init__(self, project: ProjectCopy, intent: str) -> None:
        self._url = f"{project.address}/ask"
        self._asked = {"service": TWICE, "intent": intent, "payload": {"purpose": "dev"}}
        self._stop = threading.Event()
        self.statuses: dict[str, int] = {}
        """By correlation id, in the order of their answers, but for what governance had no time to decide."""

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not self._stop.is_set():
                name = f"load-{uuid.uuid4().hex}"
                answer = client.post(self._url, json=self._asked, headers={"x-correlation-id": name})
                if not had_no_time(answer):
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
