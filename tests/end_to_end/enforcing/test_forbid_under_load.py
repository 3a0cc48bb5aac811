"""A forbid that is published while calls are made: the last is admitted within the bound, none after."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.support.end_to_end.project import until
from tests.support.enforcing.clients import CLIENTS, Clients
from tests.support.enforcing.declarations import BOUND, DOOR, TWICE, Declarations
from tests.support.enforcing.played_caller import PlayedCallers
from tests.support.enforcing.policies import CLOSED, OPEN
from tests.support.enforcing.timeline import Timeline

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]


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
    load = Clients(callers.project, intent)
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
