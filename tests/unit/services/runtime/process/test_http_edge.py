"""A connection of the server, piece by piece. AXN-2."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from services.runtime.process import http_edge
from services.runtime.process.descriptors import Room
from services.runtime.process.http_edge import EdgeConfig, HttpEdge
from services.runtime.requests.head import MOST_BYTES
from services.runtime.requests.linger import LingerMiddleware
from tests.support.paths import ROOT
from tests.support.services.doubles import Lines
from tests.support.services.serving import serving

CHUNKS = b"transfer-encoding: chunked\r\n\r\n"


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse({"body": body.decode(), "names": [name.decode() for name, _ in request.headers.raw]})


async def early(_request: Request) -> Response:
    return PlainTextResponse("early")


APP = LingerMiddleware(
    Starlette(
        routes=[Route("/echo", echo, methods=["GET", "POST"]), Route("/early", early, methods=["POST"])]
    )
)


class Connection:
    """One connection of a server; both ends are in this process."""

    def __init__(self, config: EdgeConfig) -> None:
        self.edge = HttpEdge(config, ServerState(), {})
        self.peer, self.own = socket.socketpair()

    async def __aenter__(self) -> Connection:
        """Open it."""
        self.peer.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self.edge, self.own)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        self.edge.transport.abort()
        self.peer.close()

    async def answer(self) -> bytes:
        """Everything until the server ends the connection."""
        loop = asyncio.get_running_loop()
        told = b""
        while part := await loop.sock_recv(self.peer, 65_536):
            told += part
        return told


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until it holds."""
    while not condition():  # noqa: ASYNC110 - what is waited for is the server's own state
        await asyncio.sleep(0)


def config(room: Room | None = None) -> EdgeConfig:
    return EdgeConfig(APP, room=room or Room(served=10, told=10), lifespan="off", log_config=None)


def converse(data: bytes, *, step: int = 1_000_000) -> bytes:
    """What a connection answers to `data` that arrives in pieces of this size."""

    async def run() -> bytes:
        async with Connection(config()) as connection:
            for start in range(0, len(data), step):
                connection.edge.data_received(data[start : start + step])
                await asyncio.sleep(0)
            return await connection.answer()

    return asyncio.run(run())


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


def bodies(answer: bytes) -> list[str]:
    return [json.loads(found)["body"] for found in re.findall(rb"\{.*?\}", answer)]


LAST = b"GET /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 11, 64, 1_000_000])
def test_pieces_make_no_difference(step: int, lines: Lines) -> None:
    """In whatever pieces they arrive, requests get the same answers, in order."""
    data = (
        POST
        + b"content-length: 3\r\n\r\nabc"
        + POST
        + b"content-length: 0\r\n\r\n"
        + POST
        + b"content-length: 2\r\n\r\nde"
        + LAST
    )
    answer = converse(data, step=step)
    assert statuses(answer) == [200] * 4
    assert bodies(answer) == ["abc", "", "de", ""]


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 11, 64, 1_000_000])
def test_a_trailer_comes_to_nothing_in_any_pieces(step: int, lines: Lines) -> None:
    """Fields behind the last chunk never are among the header fields."""
    data = (
        POST
        + b"connection: close\r\n"
        + CHUNKS
        + b"2;a=b\r\nab\r\n1\r\nc\r\n0\r\nx-evil: 1\r\nx-more: 2\r\n\r\n"
    )
    answer = converse(data, step=step)
    assert (statuses(answer), bodies(answer)) == ([200], ["abc"])
    assert b"evil" not in answer
    assert b"more" not in answer


def test_what_stands_behind_chunks_is_not_served(lines: Lines) -> None:
    """Where chunks end only the parser knows: a request in the same piece is dropped, with its connection."""
    answer = converse(POST + CHUNKS + b"2\r\nab\r\n0\r\n\r\n" + LAST)
    assert (statuses(answer), bodies(answer)) == ([200], ["ab"])
    assert b"connection: close" in answer


def test_a_faulty_head_behind_a_request_waits_for_its_answer(lines: Lines) -> None:
    """The refusal never overtakes the answer before it."""
    answer = converse(POST + b"content-length: 2\r\n\r\nab" + b"GET  /echo HTTP/1.1\r\n")
    assert statuses(answer) == [200, 400]


def test_a_body_that_breaks_ends_its_request(lines: Lines) -> None:
    """Faulty chunks: the application inside sees the client gone, and the answer is 400."""
    answer = converse(POST + CHUNKS + b"2\r\nab\r\n0x2\r\n", step=50)
    assert statuses(answer) == [400]


def test_a_trailer_that_is_too_large_and_breaks_is_refused_once(lines: Lines) -> None:
    """Two faults in one piece have one answer."""
    answer = converse(POST + CHUNKS + b"0\r\nx-a: " + b"a" * 2 * MOST_BYTES + b"\0")
    assert statuses(answer) == [400]
    assert lines.messages().count("request refused") == 1


def test_a_body_that_breaks_after_an_answer_has_begun_ends_the_connection(lines: Lines) -> None:
    """An answer that is under way is not followed by another one."""
    data = b"POST /early HTTP/1.1\r\nhost: x\r\n" + CHUNKS + b"2\r\nab\r\n"

    async def run() -> bytes:
        async with Connection(config()) as connection:
            connection.edge.data_received(data)
            await until(lambda: connection.edge.cycle.response_started)
            connection.edge.data_received(b"0x2\r\n")
            return await connection.answer()

    assert statuses(asyncio.run(run())) == [200]


def test_what_is_sent_ahead_is_bounded(lines: Lines) -> None:
    """Of what a client sends before it has its answer little is kept; the rest goes with the connection."""

    async def run() -> int:
        async with Connection(config()) as connection:
            connection.edge.data_received(POST + b"content-length: 2\r\n\r\nab")
            for _ in range(100):
                connection.edge.data_received(LAST * 1000)
            kept = len(connection.edge._ahead)
            assert statuses(await connection.answer()) == [200]
            return kept

    assert asyncio.run(run()) < 2 * MOST_BYTES


def test_a_slow_head_is_refused(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    """Its time begins with its first byte, on each request anew, and what comes slowly does not extend it."""
    monkeypatch.setattr(http_edge, "HEAD_SECONDS", 0.3)

    async def run() -> bytes:
        async with Connection(config()) as connection:
            connection.edge.data_received(POST + b"content-length: 2\r\n\r\nab")
            await until(lambda: connection.edge.cycle.response_complete)
            drip = asyncio.create_task(dripping(connection.edge))
            told = await connection.answer()
            drip.cancel()
            return told

    async def dripping(edge: HttpEdge) -> None:
        edge.data_received(POST)
        while True:
            edge.data_received(b"x: y\r\n")
            await asyncio.sleep(0.05)

    assert statuses(asyncio.run(run())) == [200, 408]


def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    """One that never sent a byte ends like one that is idle between requests, without an answer."""

    async def run() -> bytes:
        idle = config()
        idle.timeout_keep_alive = 0
        async with Connection(idle) as connection:
            return await connection.answer()

    assert asyncio.run(run()) == b""


def test_without_room_clients_are_told_to_come_back(lines: Lines) -> None:
    """More connections than can be served: 503 with Retry-After for what they ask, for yet more at once."""

    async def run() -> list[bytes]:
        crowded = config(Room(served=1, told=1))
        async with Connection(crowded) as first, Connection(crowded) as second, Connection(crowded) as third:
            for connection in (first, second):
                connection.edge.data_received(LAST)
            return [await connection.answer() for connection in (third, second, first)]

    turned_away, told, served = asyncio.run(run())
    assert statuses(served) == [200]
    for answer in (told, turned_away):
        assert statuses(answer) == [503]
        assert b"\r\nretry-after: 1\r\n" in answer


def test_the_refused_are_heard_out_for_a_while(lines: Lines) -> None:
    """A refusal is not lost in a reset: what the client still sends is read, up to a bound."""
    with serving(APP) as address, socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx: ")
        for _ in range(20):
            client.sendall(b"a" * 100_000)
        told = b"".join(iter(lambda: client.recv(65_536), b""))
    assert statuses(told) == [431]


OVERRIDDEN: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in vars(HttpEdge).items()
    if inspect.isfunction(value) and not name.startswith("_")
}


def test_it_fits_the_server_that_it_was_written_for() -> None:
    """The edge stands on parts of uvicorn that are no interface: after an update of it, compare
    `HttpToolsProtocol` with the version named here, then name the new one.
    """
    locked = (ROOT / "services" / "requirements.lock").read_text(encoding="utf-8")
    assert "\nuvicorn==0.54.0 " in locked
    assert "\nhttptools==0.9.0 " in locked
    for name, own in OVERRIDDEN.items():
        base = getattr(HttpToolsProtocol, name)
        assert list(inspect.signature(own).parameters) == list(inspect.signature(base).parameters), name
    with asyncio.Runner() as runner:
        protocol = HttpToolsProtocol(config(), ServerState(), {}, runner.get_loop())
    for name in ("client", "cycle", "flow", "headers", "loop", "server_state", "timeout_keep_alive_task"):
        assert hasattr(protocol, name), name
    wanted = {"disconnected", "keep_alive", "message_event", "response_complete", "response_started"}
    assert wanted <= set(re.findall(r"self\.([a-z_]+)", inspect.getsource(RequestResponseCycle.__init__)))


def test_while_the_process_stops_each_answer_is_the_last_on_its_connection() -> None:
    """A request that was on its way is answered, and the client is told that the connection ends."""

    async def run() -> bytes:
        settings = config()
        async with Connection(settings) as connection:
            settings.clients.draining = True
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(connection.peer, b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n")
            return await connection.answer()

    told = asyncio.run(run())
    assert told.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in told
