"""What no HTTP edge of the sandbox takes: one table of requests over all of them."""

from __future__ import annotations

import io
import os
import resource
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import h11
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.emulator.http1 import HttpRequest, MalformedRequestError, read_request
from sandbox.cloud.emulator.server import WsgiServer
from sandbox.cloud.emulator.wsgi import WsgiResponse
from sandbox.cloud.functions.processes.channel import LateError, RuntimeChannel
from tests.support.effort import effort
from tests.support.router.fixtures import Serve, balancer, loop, proxy, serve
from tests.support.wire.ambiguous import AMBIGUOUS, GET, answers

__all__ = ["balancer", "loop", "proxy", "serve"]


@pytest.fixture
def emulator() -> Iterator[int]:
    """The emulator's server, with something to answer."""
    done = WsgiResponse(status="200 OK", headers=(), body=b"done")
    server = WsgiServer(lambda _environ, start: done.send(start), read_seconds=0.5)
    server.start()
    yield server.port
    server.stop(grace=0.5)


@pytest.fixture
def site(serve: Serve) -> int:
    """The server of listeners and sidecars, with a handler that answers everything."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text=(await request.read()).decode("latin-1"))

    return urlsplit(serve(answer)).port or 0


TOLERATED = {("site", "two blanks")}
"""aiohttp parses a request line by its blanks, as RFC 9112, section 3, lets it."""


@pytest.mark.parametrize(
    ("edge", "name"),
    [(edge, name) for edge in ("emulator", "site") for name in AMBIGUOUS if (edge, name) not in TOLERATED],
)
def test_what_could_mean_two_things_is_refused(edge: str, name: str, request: pytest.FixtureRequest) -> None:
    """With one answer, after which the connection is closed: nothing behind it is read."""
    port: int = request.getfixturevalue(edge)
    assert answers(port, GET + b"Connection: close\r\n\r\n") == [200]
    statuses = answers(port, AMBIGUOUS[name])
    assert len(statuses) <= 1, statuses
    assert all(400 <= status < 500 or status == 501 for status in statuses), statuses


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_the_runtime_port_does_not_take_it_either(name: str) -> None:
    """The connection is closed, and the process that sends it is not heard."""
    channel = RuntimeChannel()
    channel.admit(os.getpid())
    address, _, port = channel.address.partition(":")
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        connection.sendall(AMBIGUOUS[name])
        connection.shutdown(socket.SHUT_WR)
        with pytest.raises(LateError):
            channel.receive(deadline=time.monotonic() + 0.1, alive=lambda: True)
    channel.close()


def test_a_request_that_never_ends_is_given_up(emulator: int) -> None:
    """Whether it stops in its head or in its body, and however many there are."""
    for begun in (b"GET / HT", GET + b"a: ", GET.replace(b"GET", b"PUT") + b"Content-Length: 9\r\n\r\nx"):
        with socket.create_connection(("127.0.0.1", emulator), timeout=10) as connection:
            connection.sendall(begun)
            assert b"200" not in connection.recv(65536)


def test_bodies_have_a_bound(emulator: int) -> None:
    """Said in their length or in that of a chunk, before anything of them is read."""
    head = b"PUT / HTTP/1.1\r\nHost: localhost\r\n"
    for framing in (b"Content-Length: 268435457\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n10000001\r\n"):
        assert answers(emulator, head + framing) == [413]
    many = b"".join(b"a%d: b\r\n" % number for number in range(300))
    assert answers(emulator, head + many + b"\r\n") == [431]
    assert answers(emulator, head + b"Expect: miracles\r\n\r\n") == [417]


@pytest.mark.parametrize("edge", ["emulator", "site"])
def test_an_edge_survives_having_no_descriptors_left(edge: str, request: pytest.FixtureRequest) -> None:
    """It answers again once there are some."""
    port: int = request.getfixturevalue(edge)
    assert answers(port, GET + b"Connection: close\r\n\r\n") == [200]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        client.sendall(GET + b"Connection: close\r\n\r\n")
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with client:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")


def read(data: bytes) -> HttpRequest | None:
    """The request as the emulator reads it; None if it refuses it."""
    try:
        return read_request(io.BytesIO(data), lambda _: None)
    except MalformedRequestError:
        return None


def read_by_h11(data: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes] | None:
    """Method, target, headers and body as another reader has them; None if it refuses them."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 17)
    connection.receive_data(data)
    connection.receive_data(b"")
    request, body = None, b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            else:
                break
    except h11.RemoteProtocolError:
        return None
    assert request is not None
    return bytes(request.method), bytes(request.target), list(request.headers), body


PIECES = st.sampled_from(
    [
        *(b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"content-length:3\r\n"),
        *(
            b"Transfer-Encoding: chunked\r\n",
            b"TE: x\r\n",
            b"Host: h\r\n",
            b"Host:\r\n",
            b"a: b\r\n",
            b"a:\t b \r\n",
        ),
        *(
            b"a: b\r",
            b" c\r\n",
            b"a : b\r\n",
            b"\r\n",
            b"\n",
            b"a: \xff\r\n",
            b"a: \0\r\n",
            b"Expect: 100-continue\r\n",
        ),
        *(
            b"3\r\nabc\r\n",
            b"0\r\n\r\n",
            b"0x3\r\nabc\r\n",
            b"3;a=b\r\nabc\r\n",
            b"abc",
            b"GET /x HTTP/1.1\r\n",
        ),
    ]
)
LINES = st.sampled_from(
    [b"PUT /a?b=c HTTP/1.1\r\n", b"GET / HTTP/1.0\r\n", b"GET /%20 HTTP/1.1\r\n", b"GET //x HTTP/1.1\r\n"]
)


@settings(max_examples=effort(2000, quick=300))
@given(line=LINES, pieces=st.lists(PIECES, max_size=8))
def test_what_is_taken_another_reader_takes_for_the_same(line: bytes, pieces: list[bytes]) -> None:
    """h11 refuses or reads alike: never another method, target, header or body."""
    data = line + b"Host: h\r\n" + b"".join(pieces)
    ours = read(data)
    if ours is None:
        return
    theirs = read_by_h11(data)
    assert theirs is not None, data
    method, target, headers, body = theirs
    assert (ours.method.encode(), ours.target.encode(), ours.body) == (method, target, body)
    assert [(name.encode(), value.encode("latin-1")) for name, value in ours.headers] == headers
