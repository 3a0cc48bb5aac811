"""Talks to an ASGI application without a server in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import Message, Receive


class AsgiClient:
    """Sends requests to `app`, one after another, each within a lifespan of its own if none is open."""

    def __init__(self, app: Starlette, *, base_url: str = "http://tested") -> None:
        self._app = app
        self._base_url = base_url
        self._runner: asyncio.Runner | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """One lifespan for all requests within: each begins with reading the keys, at most once a second."""
        with asyncio.Runner() as runner:
            lifespan = self._app.router.lifespan_context(self._app)
            runner.run(lifespan.__aenter__())
            self._runner = runner
            try:
                yield
            finally:
                self._runner = None
                runner.run(lifespan.__aexit__(None, None, None))

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; what the application raises is raised here."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as client:
                return await client.request(method, path, **more)

        if self._runner is None:
            with self.opened():
                return self.request(method, path, **more)
        return self._runner.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET `path`."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST to `path`."""
        return self.request("POST", path, **more)


def receiver(*messages: Message) -> Receive:
    """An ASGI `receive` that gives these messages."""
    pending = list(messages)

    async def receive() -> Message:
        return pending.pop(0)

    return receive
