"""HTTP servers on loopback ports, which can be bound before they serve."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.cloud.ecs.endpoint import LOOPBACK
from sandbox.cloud.router.connections.room import ClientPlace, ClientRoom
from sandbox.cloud.router.errors import ListenerPortInUseError

RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_LARGEST_LINE = 16 * 1024
"""Bytes of a request line or header, the limit of an Application Load Balancer."""

_CLOSE_SECONDS = 2.0


def listen(port: int) -> socket.socket:
    """Bind a loopback port (0: a free one) and listen on it; raises ListenerPortInUseError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
    except OSError as error:
        made.close()
        raise ListenerPortInUseError(port) from error
    made.listen(512)
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
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """Finish requests under way, for a moment at most, and free the port."""
        self._closed = True
        if self._runner is not None:
            async with asyncio.timeout(2 * _CLOSE_SECONDS):
                await self._runner.cleanup()
        self._socket.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._handler is not None  # noqa: S101 - set before the server is made
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
        """Take a connection, or close it at once when it cannot even be told anything."""
        super().connection_made(handler, transport)
        if self._room is not None:
            self._transports[handler] = transport
            if self._room.add(transport) is ClientPlace.NONE:
                transport.abort()

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Give the room back."""
        super().connection_lost(handler, exc)
        if self._room is not None and (transport := self._transports.pop(handler, None)) is not None:
            self._room.discard(transport)
