"""The WSGI server on real sockets."""

from __future__ import annotations

import errno
import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.emulator.server import WsgiServer, check_free
from sandbox.cloud.emulator.wsgi import Environ, StartResponse, WsgiResponse
from sandbox.errors import NotLoopbackError


def echo(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    text = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ['wsgi.input'].read().decode()}"
    return WsgiResponse(
        status="200 OK", headers=(("X-Seen", environ.get("HTTP_X_A", "")),), body=text.encode()
    ).send(start_response)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], WsgiServer]]:
    servers: list[WsgiServer] = []

    def start(application: Any) -> WsgiServer:
        server = WsgiServer(application)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop(grace=0.5)


def test_connection_is_used_again(serve: Callable[[Any], WsgiServer]) -> None:
    """Two requests go over one connection, each with its own body and headers."""
    server = serve(echo)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/a%20b", body="one", headers={"X-A": "1"})
    first = connection.getresponse()
    assert (first.status, first.read(), first.headers["X-Seen"]) == (200, b"POST /a b one", "1")
    sock = connection.sock
    connection.request("GET", "/b")
    assert connection.getresponse().read() == b"GET /b "
    assert connection.sock is sock
    connection.close()


def test_header_names_with_underscores_cannot_pose_as_others(serve: Callable[[Any], WsgiServer]) -> None:
    """`X_A` is not taken for `X-A`."""
    server = serve(echo)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX_A: evil\r\nConnection: close\r\n\r\n")
        data = b"".join(iter(lambda: sock.recv(4096), b""))
    assert b"evil" not in data


def test_failing_application_answers_500(
    serve: Callable[[Any], WsgiServer], caplog: pytest.LogCaptureFixture
) -> None:
    """An exception becomes a 500 without its text; the log has it."""

    def fail(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise RuntimeError("secret detail")

    server = serve(fail)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/x")
    answer = connection.getresponse()
    assert answer.status == 500
    assert b"secret" not in answer.read()
    assert "secret detail" in caplog.text
    connection.close()


def test_malformed_request_is_answered_and_the_connection_closed(serve: Callable[[Any], WsgiServer]) -> None:
    """Nonsense gets a 400, and the connection ends."""
    server = serve(echo)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        data = b"".join(iter(lambda: sock.recv(4096), b""))
    assert data.startswith(b"HTTP/1.1 400")


def test_used_port_is_a_clear_error(serve: Callable[[Any], WsgiServer]) -> None:
    """A port that is taken is named, with what to do."""
    server = serve(echo)
    with pytest.raises(PortInUseError) as caught:
        WsgiServer(echo, port=server.port)
    assert caught.value.message == f"port `{server.port}` on 127.0.0.1 is in use"
    assert "free one" in caught.value.hint
    with pytest.raises(PortInUseError):
        check_free(server.port)


def test_only_loopback_is_served() -> None:
    """Any other interface is refused."""
    with pytest.raises(NotLoopbackError):
        WsgiServer(echo, host="0.0.0.0")


def test_stop_lets_a_request_finish_and_closes_the_port(serve: Callable[[Any], WsgiServer]) -> None:
    """A request under way gets its answer; idle connections and the port are closed."""
    entered, release = threading.Event(), threading.Event()

    def slow(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        entered.set()
        release.wait(5)
        return echo(environ, start_response)

    server = serve(slow)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/slow")
    assert entered.wait(5)
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    release.set()
    assert connection.getresponse().read() == b"GET /slow "
    stopper.join(5)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
    connection.close()


def test_a_connection_that_can_not_be_accepted_ends_nothing(
    serve: Callable[[Any], WsgiServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of descriptors, the server goes on to accept once there are some again."""
    server = WsgiServer(echo)
    real, failures = server._listener, [OSError(errno.EMFILE, "Too many open files")] * 2

    class Failing:
        def accept(self) -> tuple[socket.socket, Any]:
            if failures:
                raise failures.pop()
            return real.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(server, "_listener", Failing())
    server.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/a")
        assert connection.getresponse().read() == b"GET /a "
        assert failures == []
        connection.close()
    finally:
        server.stop(grace=0.5)
