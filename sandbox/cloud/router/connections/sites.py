"""HTTP servers on loopback ports, which can be bound before they serve."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import HttpVersion11, web

from sandbox.cloud.access.peers import is_own_user
from sandbox.cloud.ecs.endpoint import LOOPBACK
from sandbox.cloud.emulator.http1 import framing_problem
from sandbox.cloud.router.connections.room import ClientRoom
from sandbox.cloud.router.errors import ListenerPortInUseError

RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_LARGEST_LINE = 16 * 1024
"""Bytes of a request line or header, the limit of an Application Load Balancer."""

_CLOSE_SECONDS = 2.0

WAITING = 2048
"""Connections that the system keeps until they are accepted."""

ACCEPT_AGAIN_SECONDS = 0.1
"""The pause after a connection that could not be accepted."""

FOREIGN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
"""What another user of the machine is told."""

log = logging.getLogger(__name__)


def listen(port: int) -> socket.socket:
    """Bind a loopback port (0: a free one) and listen on it; raises ListenerPortInUseError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
    except OSError as error:
        made.close()
        raise ListenerPortInUseError(port) from error
    made.listen(WAITING)
    made.setblocking(False)  # noqa: FBT003 - the name of the parameter in the standard library is `flag`
    return made


class Site:
    """One listening socket and its HTTP server; requests wait until `serve`."""

    def __init__(self, listening: socket.socket, room: ClientRoom | None = None) -> None:
        """`listening` is a socket made by `listen`; `room` bounds its connections, None leaves them be."""
        self._socket = listening
        self._room = room
        self.url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        self._handler: RequestHandler | None = None
        self._runner: web.ServerRunner | None = None
        self._closed = False
        self._accepting: asyncio.Task[None] | None = None

    async def serve(self, handler: RequestHandler) -> None:
        """Handle requests from now on; another call replaces the handler."""
        self._handler = handler
        if self._closed or self._runner is not None:
            return
        server = _Server(
            self._answer,
            room=self._room,
            access_log=None,
            max_line_size=_LARGEST_LINE,
            max_field_size=_LARGEST_LINE,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        if self._room is None:
            await web.SockSite(self._runner, self._socket).start()
        else:
            self._accepting = asyncio.create_task(self._accept(server, self._room))

    async def close(self) -> None:
        """Finish requests under way, for a moment at most, and free the port."""
        self._closed = True
        if self._accepting is not None:
            self._accepting.cancel()
        if self._runner is not None:
            async with asyncio.timeout(2 * _CLOSE_SECONDS):
                await self._runner.cleanup()
        self._socket.close()

    async def _accept(self, server: web.Server, room: ClientRoom) -> None:
        """Take connections as long as there is room; others wait in the socket's queue."""
        loop = asyncio.get_running_loop()
        while True:
            await room.wait()
            try:
                connection, _ = await loop.sock_accept(self._socket)
                await loop.connect_accepted_socket(server, connection)
            except OSError as error:
                # a client that has gone meanwhile, or no descriptor is left: others close theirs
                log.warning("a connection was not accepted: %s", error)
                await asyncio.sleep(ACCEPT_AGAIN_SECONDS)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._handler is not None  # noqa: S101 - set before the server is made
        version = "HTTP/1.0" if request.version < HttpVersion11 else "HTTP/1.1"
        problem = framing_problem(version, ((name.lower(), value) for name, value in request.headers.items()))
        if problem is not None:
            refused = web.Response(status=problem.status, text=f"{problem}\n")
            refused.force_close()
            return refused
        transport = request.transport
        if self._room is None or transport is None:
            return await self._handler(request)
        if self._room.refuses(transport):
            text = "the load balancer has more connections than it can serve\n"
            busy = web.Response(status=503, text=text, headers={"Retry-After": "1"})
            busy.force_close()
            return busy
        self._room.work(transport)
        try:
            return await self._handler(request)
        finally:
            if not transport.is_closing():
                self._room.rest(transport)


class _Server(web.Server):
    """aiohttp's server, which asks for room for each connection."""

    def __init__(self, handler: RequestHandler, *, room: ClientRoom | None, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._room = room
        self._transports: dict[Any, asyncio.Transport] = {}

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        """Take note of a connection."""
        super().connection_made(handler, transport)
        if not is_own_user(transport.get_extra_info("socket")):
            transport.write(FOREIGN)
            transport.close()
            return
        if self._room is not None:
            self._transports[handler] = transport
            self._room.add(transport)

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Give the room back."""
        super().connection_lost(handler, exc)
        if self._room is not None and (transport := self._transports.pop(handler, None)) is not None:
            self._room.discard(transport)
