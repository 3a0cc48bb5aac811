"""A WSGI server for the loopback interface: one thread for each connection, HTTP/1.1 with keep-alive.

Werkzeug's development server closes the connection after each answer, so every AWS call pays for a new
connection and a new thread; botocore keeps connections open when it may.
"""

from __future__ import annotations

import contextlib
import errno
import io
import ipaddress
import logging
import socket
import sys
import threading
import time
from typing import BinaryIO, cast
from urllib.parse import unquote_to_bytes

from sandbox.cloud.access.peers import is_own_user
from sandbox.cloud.emulator.errors import PortInUseError, PortNotAllowedError
from sandbox.cloud.emulator.http1 import HttpRequest, MalformedRequestError, read_request, response_bytes
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, WsgiResponse, capture
from sandbox.errors import NotLoopbackError

log = logging.getLogger(__name__)

BACKLOG = 256

_FOREIGN = response_bytes(
    "403 Forbidden",
    [("Content-Type", "text/plain")],
    b"this sandbox belongs to another user\n",
    keep_alive=False,
)

READ_SECONDS = 60.0
"""How long a request may take to arrive; the largest takes less than one from this machine."""

ACCEPT_AGAIN_SECONDS = 0.1
"""The pause after a connection that could not be accepted."""


class WsgiServer:
    """Serves one WSGI application until it is stopped; the port is bound when the object is made."""

    def __init__(
        self,
        application: Application,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """Bind the port (0: a free one); raises PortInUseError, PortNotAllowedError or NotLoopbackError.

        `read_seconds` is how long a request may take to arrive.
        """
        self._read_seconds = read_seconds
        if not ipaddress.ip_address(host).is_loopback:
            raise NotLoopbackError(host)
        self._application = application
        self._listener = _listen(host, port)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._overdue_at: dict[socket.socket, float] = {}
        self._busy = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to accept connections, in the background."""
        self._thread = threading.Thread(target=self._accept, name="emulator-accept", daemon=True)
        self._thread.start()
        threading.Thread(target=self._end_overdue, name="emulator-overdue", daemon=True).start()

    def stop(self, *, grace: float = 2.0) -> None:
        """Accept no more requests, give those under way `grace` seconds, then close every connection."""
        deadline = time.monotonic() + grace
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        _shut(self._listener)  # wakes accept()
        self._listener.close()
        if self._thread is not None:
            self._thread.join(timeout=grace)
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0, timeout=max(0.0, deadline - time.monotonic()))
            connections = tuple(self._open)
        for connection in connections:
            _shut(connection)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                if self._stopping:
                    return
                # a client that has gone meanwhile, or no descriptor is left: others close theirs
                log.warning("a connection was not accepted: %s", error)
                time.sleep(ACCEPT_AGAIN_SECONDS)
                continue
            with self._changed:
                if self._stopping:
                    connection.close()
                    return
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="emulator", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not is_own_user(connection):
                connection.sendall(_FOREIGN)
                return
            with connection.makefile("rb", buffering=64 * 1024) as stream:
                while self._serve_one(connection, cast("io.BufferedReader", stream)):
                    pass
        except OSError:
            pass  # the peer went away and cannot be told
        finally:
            with self._changed:
                self._open.discard(connection)
            connection.close()

    def _end_overdue(self) -> None:
        """Close connections on which a request does not come to its end."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                for connection, overdue_at in self._overdue_at.items():
                    if now >= overdue_at:
                        _shut(connection)
                self._changed.wait(timeout=min(1.0, self._read_seconds))

    def _read(self, connection: socket.socket, stream: io.BufferedReader) -> HttpRequest | None:
        """The next request; between two of them a connection may rest for as long as it likes."""
        if not stream.peek(1):
            return None
        with self._changed:
            self._overdue_at[connection] = time.monotonic() + self._read_seconds
        try:
            return read_request(cast("BinaryIO", stream), connection.sendall)
        finally:
            with self._changed:
                del self._overdue_at[connection]

    def _serve_one(self, connection: socket.socket, stream: io.BufferedReader) -> bool:
        try:
            request = self._read(connection, stream)
        except MalformedRequestError as error:
            status = f"{error.status.value} {error.status.phrase}"
            body = f"{error}\n".encode()
            connection.sendall(
                response_bytes(status, [("Content-Type", "text/plain")], body, keep_alive=False)
            )
            return False
        if request is None:
            return False
        with self._changed:
            self._busy += 1
        try:
            answer = self._answer(request)
            keep = request.keeps_alive and not self._stopping
            connection.sendall(
                response_bytes(
                    answer.status, answer.headers, answer.body, method=request.method, keep_alive=keep
                )
            )
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()
        return keep

    def _answer(self, request: HttpRequest) -> WsgiResponse:
        try:
            return capture(self._application, self._environ(request))
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            body = b"the emulator failed; its log says why\n"
            headers = (("Content-Type", "text/plain"),)
            return WsgiResponse(status="500 Internal Server Error", headers=headers, body=body)

    def _environ(self, request: HttpRequest) -> Environ:
        environ: Environ = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
            "QUERY_STRING": request.query,
            "RAW_URI": request.target,
            "REQUEST_URI": request.target,
            "SERVER_NAME": self.host,
            "SERVER_PORT": str(self.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(request.body)),
            BODY: request.body,
            HEADERS: request.headers,
        }
        for name, value in request.headers:
            if name == "content-type":
                environ["CONTENT_TYPE"] = value
            elif name not in {"content-length", "transfer-encoding"} and "_" not in name:
                # CGI names fold `-` and `_`: a header with an underscore could pose as another one
                key = "HTTP_" + name.upper().replace("-", "_")
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ


def check_free(port: int, host: str = "127.0.0.1") -> None:
    """Raise PortInUseError or PortNotAllowedError when a port cannot be listened on."""
    _listen(host, port).close()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise PortNotAllowedError(port, error.strerror or str(error)) from error
    return listener


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)
