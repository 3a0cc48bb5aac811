"""What a sandbox takes of the machine while it runs, and what it leaves when it has ended: nothing."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil
import pytest

from tests.support.end_to_end.project import ProjectCopy

pytestmark = pytest.mark.sandbox

MOST_MEGABYTES = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Something that takes connections, or datagrams, from others."""

    address: str
    port: int
    pid: int
    datagrams: bool


def listening_of(project: ProjectCopy) -> list[Listening]:
    """Everything that the sandbox's processes listen on."""
    found = []
    for process in project.processes():
        for item in process.net_connections(kind="inet"):
            datagrams = item.type == socket.SOCK_DGRAM
            if item.laddr and (item.status == psutil.CONN_LISTEN or (datagrams and not item.raddr)):
                found.append(
                    Listening(
                        address=item.laddr.ip, port=item.laddr.port, pid=process.pid, datagrams=datagrams
                    )
                )
    return found


def refuses(port: int) -> bool:
    """Whether nobody takes a connection on a port of the loopback interface."""
    with socket.socket() as connection:
        connection.settimeout(5)
        return connection.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.xdist_group("deployed")
def test_memory(deployed: ProjectCopy) -> None:
    """A whole sandbox with two Axon and two Orbit processes stays under 1.2 GB of resident memory."""
    for _ in range(20):
        assert deployed.dispatch("reason")[0] == 200
    processes = deployed.processes()
    assert [len(deployed.tasks(name)) for name in ("axon", "orbit")] == [2, 2]
    assert len(processes) >= 6  # the sandbox itself, four tasks, a function
    assert sum(process.memory_info().rss for process in processes) / 1e6 < MOST_MEGABYTES


@pytest.mark.xdist_group("deployed")
def test_loopback_only(deployed: ProjectCopy) -> None:
    """Everything that a sandbox listens on is on the loopback interface. ZTN-1

    The X-Ray SDK sends from a socket that it does not bind, which the kernel then gives a port on every
    interface. Nobody reads from it, so it is left out: one in a process, none in the sandbox's own.
    """
    assert deployed.dispatch("reason")[0] == 200
    host, listening = deployed.host.pid, listening_of(deployed)
    tasks = {task["port"] for service in deployed.status()["services"] for task in service["tasks"]}
    assert tasks < {item.port for item in listening}
    elsewhere = [item for item in listening if not ipaddress.ip_address(item.address).is_loopback]
    assert all(item.datagrams and item.pid != host for item in elsewhere), elsewhere
    assert len({item.pid for item in elsewhere}) == len(elsewhere)


@pytest.mark.xdist_group("dev")
def test_down_leaves_nothing(dev: ProjectCopy) -> None:
    """`down` wants a yes, says that it ended, and leaves no process and no open port. It comes last."""
    if not dev.status()["load_balancers"]:  # another test has ended the environment
        dev.up("dev")
    assert dev.dispatch("reason")[0] == 200
    processes, listening = dev.processes(), listening_of(dev)
    assert len(processes) >= 6
    refused = dev.myelin("down", json=False, check=False)
    assert (refused.code, refused.stdout) == (2, "")
    assert "--yes" in refused.stderr
    assert dev.dispatch("reason")[0] == 200
    ended = dev.myelin("down", "--yes").document
    assert (ended["was_running"], ended["graceful"], ended["cleaned"]) == (True, True, [])
    assert dev.processes() == []
    assert not [process for process in processes if process.is_running() and not _dead(process)]
    assert not [item for item in listening if not item.datagrams and not refuses(item.port)]
    again = dev.myelin("down").document
    assert (again["was_running"], again["cleaned"]) == (False, [])
    status = dev.myelin("status", "dev").document
    assert (status["running"], status["deployed"], status["healthy"]) == (False, False, False)


def _dead(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
