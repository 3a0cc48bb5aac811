"""Talks to an ASGI application without a server in between."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette


class AsgiClient:
    """Sends requests to `app` within its lifespan, one after another."""

    def __init__(self, app: Starlette, *, base_url: str = "http://tested") -> None:
        self._app = app
        self._base_url = base_url

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; what the application raises is raised here."""

        async def run() -> httpx.Response:
            async with self._app.router.lifespan_context(self._app):
                transport = httpx.ASGITransport(app=self._app)
                async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as client:
                    return await client.request(method, path, **more)

        return asyncio.run(run())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET `path`."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST to `path`."""
        return self.request("POST", path, **more)
