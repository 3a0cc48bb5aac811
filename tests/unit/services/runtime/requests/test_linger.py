from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from services.runtime.application import assemble
from services.runtime.requests.bodies import read_body
from services.runtime.requests.linger import LingerMiddleware
from tests.support.services.doubles import Lines
from tests.support.services.parts import service_parts
from tests.support.services.serving import serving

LIMIT = 65_536


def application() -> Starlette:
    """A service that takes bodies up to the limit."""

    async def take(request: Request) -> Response:
        body = await read_body(request.scope, request.receive, limit=LIMIT)
        return PlainTextResponse(str(len(body)))

    routes = [Route("/take", take, methods=["POST"])]
    return assemble(service_parts(), document="{}", routes=routes)


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    with serving(application()) as address:
        yield address


CHUNK = b"x" * 50_000


def announced(count: int) -> Iterator[bytes]:
    """The framing header of so many chunks, and then they."""
    yield b"content-length: %d\r\n" % (count * len(CHUNK))
    for _ in range(count):
        yield CHUNK


def chunked(count: int) -> Iterator[bytes]:
    """The same without saying how long it will be."""
    yield b"transfer-encoding: chunked\r\n"
    for _ in range(count):
        yield b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
    yield b"0\r\n\r\n"


Framing = Callable[[int], Iterator[bytes]]


def post(address: tuple[str, int], path: str, framing: Framing, *, connection: str = "close") -> bytes:
    """Send 3 MB before looking at the answer; give back everything up to the connection's end."""
    header, *body = framing(60)
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: {connection}\r\n".encode() + header + b"\r\n"
    with socket.create_connection(address, timeout=10) as opened:
        for part in (head, *body):
            opened.sendall(part)
        return b"".join(iter(lambda: opened.recv(65_536), b""))


@pytest.mark.parametrize("framing", [announced, chunked])
@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_too_large_a_body_is_answered_and_not_reset(
    service: tuple[str, int], lines: Lines, framing: Framing, connection: str
) -> None:
    """413 as problem details arrives whole although nobody reads the body, of known length or not; the answer
    says that the connection ends with it, and it ends.
    """
    head, _, body = post(service, "/take", framing, connection=connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close" in head.lower()
    assert b"application/problem+json" in head
    assert b'"urn:myelin:problem:request-too-large"' in body


def test_whoever_does_not_read_the_body_is_heard(service: tuple[str, int], lines: Lines) -> None:
    """A path that is not served is answered 404, whatever is sent to it."""
    assert post(service, "/nowhere", announced).startswith(b"HTTP/1.1 404 ")


def test_a_body_that_was_read_keeps_the_connection(service: tuple[str, int], lines: Lines) -> None:
    """Two requests on one connection, the first with a body as large as allowed."""
    with socket.create_connection(service, timeout=10) as connection:
        request = b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s"
        for size in (LIMIT, 3):
            connection.sendall(request % (size, b"x" * size))
            answer = b""
            while not answer.endswith(str(size).encode()):
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" not in answer


def answered(most_bytes: int, most_seconds: float, arriving: list[Message]) -> tuple[list[Message], int]:
    """What is sent to the server of an early answer, and how many messages of the request were left."""

    async def app(scope: object, receive: object, send: object) -> None:
        await PlainTextResponse("no", 413)(scope, receive, send)  # type: ignore[arg-type]

    sent: list[Message] = []

    async def receive() -> Message:
        if not arriving:
            await asyncio.Event().wait()
        return arriving.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"1000")]}
    middleware = LingerMiddleware(app, most_bytes=most_bytes, most_seconds=most_seconds)
    asyncio.run(middleware(scope, receive, send))
    return sent, len(arriving)


def part(*, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * 100, "more_body": more}


def test_what_is_thrown_away_has_a_limit() -> None:
    """After the last allowed byte, or when time is up, the answer ends, and with it the connection."""
    sent, left = answered(250, 60, [part() for _ in range(10)])
    assert left == 7
    assert [message.get("body") for message in sent] == [None, b"no", b""]
    assert [message.get("more_body") for message in sent] == [None, True, False]

    sent, left = answered(250, 0.01, [part()])
    assert (left, sent[-1]["more_body"]) == (0, False)


def test_the_end_of_the_request_ends_it() -> None:
    """Nothing is waited for once the body is complete or the client has gone."""
    assert answered(10_000, 60, [part(), part(more=False)])[1] == 0
    assert answered(10_000, 60, [part(), {"type": "http.disconnect"}])[1] == 0
