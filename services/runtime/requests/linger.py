"""Lets an answer arrive that was given before the request had been read to its end.

Closing a connection on which a body still comes in makes TCP reset it, and the reset overtakes the answer:
the client would see a broken connection in the place of a 413 or 401. So the answer goes out first and says
that the connection ends with it; then what still arrives is read and thrown away, for a while
(https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 10_000_000
"""What is thrown away at most; as much as a service can be set to take (`MAX_BODY_BYTES`)."""

MOST_SECONDS = 2.0
"""How long that lasts at most, so that a slow sender cannot hold a connection."""


class LingerMiddleware:
    """Pure ASGI middleware, the outermost: inside, an answer counts as given once it is sent."""

    def __init__(
        self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS
    ) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        await self._app(scope, exchange.receive, exchange.send)
        if exchange.end is not None:
            await exchange.drain(self._most_bytes, self._most_seconds)
            await send(exchange.end)


def _has_body(scope: Scope) -> bool:
    """Whether the head of the request announces a body (RFC 9112, section 6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class _Exchange:
    """One request and its answer. The server closes at the answer's end, so an early answer's `end` is kept
    back, which is empty.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._read = False
        self.end: Message | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        self._read = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self._read:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                self.end = {"type": "http.response.body", "body": b"", "more_body": False}
                message = {**message, "more_body": True}
        await self._send(message)

    async def drain(self, most_bytes: int, most_seconds: float) -> None:
        """Read until the request or the connection ends, or the first of the limits is reached."""
        try:
            async with asyncio.timeout(most_seconds):
                while not self._read and most_bytes > 0:
                    most_bytes -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return
