"""A service process with few file descriptors, and clients that want more of them. AXN-1, ORB-1."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from services.runtime.process.descriptors import room_within
from tests.support.services.processes import HTTP, Process, StartService
from tests.support.waiting import wait_until
from tests.support.wire.raw_requests import ENVIRON, LEDGER, address, read_all, status

LIMIT = 256
IDLE = 1000
CLIENTS = 300
NO_MORE = "socket.accept() out of system resource"
HEALTH = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def _enough_of_our_own() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def ledger(start_service: StartService) -> Process:
    return start_service(LEDGER, ENVIRON, descriptors=LIMIT)


async def ask_together(process: Process, count: int) -> list[bytes]:
    """What so many clients are answered, who are all connected before the first of them asks."""
    streams = [await asyncio.open_connection(*address(process)) for _ in range(count)]
    for _, writer in streams:
        writer.write(HEALTH)
    answers = await asyncio.gather(*(reader.read() for reader, _ in streams))
    for _, writer in streams:
        writer.close()
    return answers


def test_more_clients_than_descriptors_are_served_or_told(ledger: Process) -> None:
    """300 clients and 1,000 idle connections at a limit of 256: each client has its answer or a 503 that says
    when to come back; the process lives on and takes everybody once there is room.
    """
    idle = [socket.create_connection(address(ledger)) for _ in range(IDLE)]
    try:
        answers = asyncio.run(ask_together(ledger, CLIENTS))
    finally:
        for connection in idle:
            connection.close()

    assert {status(answer) for answer in answers} <= {200, 503}
    assert all(b"\r\nretry-after: 1\r\n" in answer for answer in answers if status(answer) == 503)
    assert ledger.popen.poll() is None
    few = asyncio.run(ask_together(ledger, room_within(LIMIT).served // 2))
    assert {status(answer) for answer in few} == {200}
    assert NO_MORE not in ledger.log.read_text()


def test_idle_connections_make_room(ledger: Process) -> None:
    """Clients are served although others hold all the room with connections on which they ask nothing."""
    served = room_within(LIMIT).served
    idle = [socket.create_connection(address(ledger)) for _ in range(served)]
    try:
        # none of them is closed as long as a request may be on its way there
        wait_until(lambda: status(asyncio.run(ask_together(ledger, 1))[0]) == 200, what="room")
        assert {status(answer) for answer in asyncio.run(ask_together(ledger, served // 2))} == {200}
    finally:
        for connection in idle:
            connection.close()


def test_connections_wait_for_a_process_that_is_busy(ledger: Process) -> None:
    """Although few are accepted at a time, hundreds may wait for that, and are all served."""
    ledger.popen.send_signal(signal.SIGSTOP)
    try:
        waiting = [socket.create_connection(address(ledger), timeout=60) for _ in range(100)]
        for connection in waiting:
            connection.sendall(HEALTH)
    finally:
        ledger.popen.send_signal(signal.SIGCONT)
    assert {status(read_all(connection)) for connection in waiting} == {200}
    for connection in waiting:
        connection.close()


def test_a_process_without_descriptors_waits_for_some(ledger: Process) -> None:
    """When there is none left for a new connection, it waits in the system, and is served once there is one
    again. The log says so in few lines.
    """
    taker = HTTPConnection(*address(ledger), timeout=60)
    taker.request("GET", "/hoard")
    assert int(taker.getresponse().read()) > 100
    with socket.create_connection(address(ledger), timeout=60) as waiting:
        waiting.sendall(HEALTH)
        wait_until(lambda: NO_MORE in ledger.log.read_text(), what="no descriptor for one more")
        taker.request("GET", "/release")
        assert taker.getresponse().read() == b"released"
        answer = waiting.recv(65_536)
    taker.close()

    assert status(answer) == 200
    assert ledger.log.read_text().count(NO_MORE) < 100
    assert HTTP.get(f"{ledger.url}/health").status_code == 200
