"""HTTP servers on loopback ports, which can be bound before they serve."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.cloud.ecs.endpoint import LOOPBACK
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

    def __init__(self, listening: socket.socket) -> None:
        """`listening` is a socket made by `listen`."""
        self._socket = listening
        self.url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        self._handler: RequestHandler | None = None
        self._runner: web.ServerRunner | None = None
        self._closed = False

    async def serve(self, handler: RequestHandler) -> None:
        """Handle requests from now on; another call replaces the handler."""
        self._handler = handler
        if self._closed or self._runner is not None:
            return
        server = web.Server(
            self._answer, access_log=None, max_line_size=_LARGEST_LINE, max_field_size=_LARGEST_LINE
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
        return await self._handler(request)
