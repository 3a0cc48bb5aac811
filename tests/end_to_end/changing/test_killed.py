"""Processes killed with SIGKILL: a service's, and the sandbox's own.

What comes next after the sandbox's own, another `up`, is in test_interrupted.py.
"""

from __future__ import annotations

import os
import signal

import pytest

from sandbox.cloud import host as hosts
from tests.support.end_to_end.killing import alive, is_open, kill_host
from tests.support.end_to_end.observers import Caller
from tests.support.end_to_end.project import ProjectCopy, until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("breakable")]

BACK_SECONDS = 5.0


@pytest.fixture
def running(breakable: ProjectCopy) -> ProjectCopy:
    """A copy with a line that works, whatever others have broken before."""
    if hosts.find(breakable.sandbox) is None or breakable.dispatch("reason")[0] != 200:
        breakable.down()
        breakable.up()
    return breakable


@pytest.mark.parametrize("service", ["axon", "orbit"])
def test_service_process_is_back(running: ProjectCopy, service: str) -> None:
    """A killed task is replaced within 5 s, and dispatches go on succeeding meanwhile. ECS-4

    What the killed process was answering is lost with it, so none is under way at that moment.
    """
    victim = running.tasks(service)[0]
    with Caller(running) as caller:
        with caller.between_calls():
            os.kill(victim["pid"], signal.SIGKILL)

        def back() -> bool:
            tasks = running.tasks(service)
            healthy = [task for task in tasks if task["health"] == "HEALTHY"]
            return victim["id"] not in {task["id"] for task in tasks} and len(healthy) == 2

        until(back, f"two healthy tasks of {service}", seconds=BACK_SECONDS)
        calls = caller.calls
        until(lambda: caller.calls >= calls + 5, "calls after it is back")
    assert caller.failures == []


def test_down_after_a_killed_sandbox(running: ProjectCopy) -> None:
    """`down` ends what a killed sandbox has left: no process of it, and none of its ports is open."""
    before, listening = kill_host(running)
    assert len(before) > 1
    assert len(listening) > 1
    left = {process.pid for process in alive(before)}
    document = running.down().document
    assert document["was_running"] is False
    assert set(document["cleaned"]) <= left
    assert alive(before) == []
    assert [port for port in sorted(listening) if is_open(port)] == []
    again = running.myelin("down", "--yes", json=False)
    assert again.stdout == "no sandbox was running\n"
