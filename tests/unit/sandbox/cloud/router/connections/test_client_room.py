"""Room for clients: as a value, and on real connections."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any, cast

import httpx
import pytest
from aiohttp import web

from sandbox.cloud.router.connections.room import ClientRoom, Size, size_within
from sandbox.cloud.router.connections.sites import Site, listen
from tests.support.router.echo_task import Loop
from tests.support.waiting import wait_until


@pytest.mark.parametrize(
    ("descriptors", "size"), [(256, Size(25, 32)), (1024, Size(160, 128)), (64, Size(8, 8))]
)
def test_room_within_a_limit(descriptors: int, size: Size) -> None:
    """Five descriptors for each client that is served, one for each that is told, and the process's own."""
    assert size_within(descriptors) == size


class Transport:
    """One end of a real connection."""

    def __init__(self) -> None:
        self.own, self.peer = socket.socketpair()
        self.closed = False

    def get_extra_info(self, _name: str) -> socket.socket:
        return self.own

    def close(self) -> None:
        self.closed = True


def transports(count: int) -> list[Any]:
    return [cast("asyncio.Transport", Transport()) for _ in range(count)]


def test_idle_connections_give_way_and_others_are_told() -> None:
    """The one that is idle for longest is closed, unless something has come in on it; then one is told."""
    now = [0.0]
    room = ClientRoom(Size(served=2, told=1), monotonic=lambda: now[0])
    first, second, third, fourth, fifth = made = transports(5)
    for each in (first, second):
        room.add(each)
    now[0] = 2.0
    first.peer.sendall(b"GET")
    room.add(third)
    assert (first.closed, second.closed) == (False, True)
    room.add(fourth)
    assert [room.refuses(each) for each in (first, third, fourth)] == [False, False, True]
    room.discard(fourth)
    room.discard(first)
    room.add(fifth)
    assert not room.refuses(fifth)
    for each in made:
        each.own.close()
        each.peer.close()


def test_without_any_room_a_connection_waits() -> None:
    """Until another one has ended, or was idle for long enough to be closed."""
    now, looks = [0.0], list[float]()
    first, second = made = transports(2)

    async def sleep(seconds: float) -> None:
        looks.append(seconds)
        now[0] += 0.1

    room = ClientRoom(Size(served=1, told=1), monotonic=lambda: now[0], sleep=sleep)
    room.add(first)
    room.add(second)
    room.work(first)
    asyncio.run(room.wait())
    assert (first.closed, second.closed, len(looks)) == (False, True, 3)
    for each in made:
        each.own.close()
        each.peer.close()


def test_who_has_no_room_is_told_to_come_back() -> None:
    """With room for one client that is at work, the second gets 503 and when to come back; once the first has
    gone, it is served.
    """
    loop, go_on, entered = Loop(), asyncio.Event(), threading.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/wait":
            entered.set()
            await go_on.wait()
        return web.Response(text="served")

    site = Site(listen(0), ClientRoom(Size(served=1, told=1)))
    loop.run(site.serve(handle))
    with httpx.Client(base_url=site.url, trust_env=False, verify=False) as client:
        held = socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])))
        held.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        assert entered.wait(5)
        busy = client.get("/")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        held.close()
        wait_until(lambda: client.get("/").status_code == 200)
    loop.run(site.close())
    loop.close()
