"""The inner port: a second server in the process of the gate, on loopback, for the application's calls."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from services.runtime.errors import ServiceError
from services.runtime.process import descriptors
from services.runtime.serve import server_config

LOOPBACK = "127.0.0.1"
SHARE = 4
"""The part of the descriptors that the inner port takes into account: the outer one has most of them."""


class _Server(uvicorn.Server):
    """Leaves signals to the server of the outer port."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class CallsServer:
    """Listens from `open` to `close`, in the event loop of both."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._port = port
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to listen; once is enough. Raises ServiceError if the port cannot be had."""
        if self._serving is not None:
            return
        try:
            listening = socket.create_server((LOOPBACK, self._port), backlog=512)
        except OSError as error:
            raise ServiceError(
                f"port {self._port} of loopback, for the application's calls, cannot be had: {error}",
                hint="the port in GATE_URL has to be the gate's alone",
            ) from error
        room = descriptors.room_within(max(8, descriptors.limit() // SHARE))
        config = server_config(self._app, host=LOOPBACK, port=self._port, room=room)
        config.lifespan = "off"
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([listening]))

    async def close(self) -> None:
        """Answer what is in flight, then close the port."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
