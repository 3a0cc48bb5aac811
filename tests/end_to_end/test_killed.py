"""Processes killed with SIGKILL: the sandbox's own, and a service's.

The first test deploys anew, so it does not matter what others have broken before.
"""

from __future__ import annotations

import os
import signal
import socket

import psutil
import pytest

from sandbox import host as hosts
from tests.end_to_end.observers import Caller
from tests.end_to_end.project import ProjectCopy, until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("breakable")]

BACK_SECONDS = 5.0


@pytest.fixture
def running(breakable: ProjectCopy) -> ProjectCopy:
    """A copy with a line that works: deployed anew, if a test before has killed the sandbox."""
    if hosts.find(breakable.sandbox) is None:
        breakable.up()
    return breakable


def ports(project: ProjectCopy) -> set[int]:
    """The ports that a sandbox listens on, as its processes have them."""
    return {
        connection.laddr.port
        for process in project.processes()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that run: one that nobody has collected yet does not."""
    return [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def is_open(port: int) -> bool:
    """Whether anybody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill_host(project: ProjectCopy) -> tuple[list[psutil.Process], set[int]]:
    """Kill the background process alone; gives the processes and ports that there were before."""
    before = project.processes()
    listening = ports(project)
    os.kill(project.host.pid, signal.SIGKILL)
    until(lambda: hosts.find(project.sandbox) is None, "the sandbox is gone")
    return before, listening


def test_up_after_a_killed_sandbox(breakable: ProjectCopy) -> None:
    """`status` says that nothing runs; the next `up` ends what was left and deploys anew."""
    before, _ = kill_host(breakable)
    status = breakable.myelin("status").document
    assert (status["running"], status["deployed"], status["healthy"]) == (False, False, False)
    shown = breakable.myelin("status", json=False).stdout
    assert shown.startswith("no sandbox is running; start one with `myelin up`\n")
    assert f"{len(status['leftovers'])} processes of a killed sandbox still run" in shown
    document = breakable.up().document
    assert all(set(layer["counts"]) == {"create"} for layer in document["layers"])
    assert alive(before) == []
    assert breakable.dispatch("reason")[0] == 200


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
