"""The server side of the Lambda runtime API, for one process.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

Each process has a listening socket of its own, which identifies it, and takes connections of no other one.
Nothing runs in the background: the thread that needs the process reads its next request and answers it. A
process without work has asked for `/invocation/next`, and that request waits in the socket until it is
answered.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from typing import BinaryIO, cast

from sandbox.cloud.access.peers import is_of_process
from sandbox.cloud.emulator.http1 import HttpRequest, MalformedRequestError, read_request, response_bytes

PREFIX = "/2018-06-01/runtime/"
_POLL_SECONDS = 0.05
_GONE_SECONDS = 0.002
_SEND_SECONDS = 10.0


class GoneError(Exception):
    """The process has ended."""


class LateError(Exception):
    """The process did not send a request in time."""


class RuntimeChannel:
    """Receives and answers the requests of one process, one at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        """The value of AWS_LAMBDA_RUNTIME_API."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._streams: dict[socket.socket, BinaryIO] = {}
        self._waiting: socket.socket | None = None
        self._owner = 0

    def admit(self, pid: int) -> None:
        """Take the connections of this process from now on; until then, and of others, none is taken."""
        self._owner = pid

    def receive(self, *, deadline: float, alive: Callable[[], bool]) -> HttpRequest:
        """Wait for the next request until `deadline` (time.monotonic); raises GoneError or LateError."""
        pause = _POLL_SECONDS
        while True:
            events = self._selector.select(min(pause, max(0.0, deadline - time.monotonic())))
            for key, _ in events:
                connection = cast("socket.socket", key.fileobj)
                if connection is self._listener:
                    self._accept()
                    continue
                request = self._read(connection, deadline)
                if request is not None:
                    self._waiting = connection
                    return request
                pause = _GONE_SECONDS  # a closed connection: most likely the process is ending
            if not events:
                if not alive():
                    raise GoneError
                if time.monotonic() >= deadline:
                    raise LateError

    def answer(self, status: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> None:
        """Answer the request received last; raises GoneError."""
        if self._waiting is None:
            raise GoneError
        try:
            self._waiting.settimeout(_SEND_SECONDS)
            self._waiting.sendall(response_bytes(status, headers, body))
        except OSError as error:
            raise GoneError from error

    @property
    def is_waiting(self) -> bool:
        """Whether the sender of the request received last still waits for the answer."""
        if self._waiting is None:
            return False
        try:
            self._waiting.settimeout(0)
            return self._waiting.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Close every socket."""
        for connection, stream in self._streams.items():
            stream.close()  # a socket stays open for as long as a file made of it is
            connection.close()
        self._listener.close()
        self._selector.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # who asked has gone, or no descriptor is left: others close theirs
            time.sleep(_POLL_SECONDS)
            return
        if not is_of_process(connection, self._owner):
            connection.close()
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._streams[connection] = cast("BinaryIO", connection.makefile("rb"))
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket, deadline: float) -> HttpRequest | None:
        connection.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            request = read_request(self._streams[connection], connection.sendall)
        except (OSError, MalformedRequestError):
            request = None
        if request is None:
            self._selector.unregister(connection)
            self._streams.pop(connection).close()
            connection.close()
        return request
