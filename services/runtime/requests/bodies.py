"""Reads a request body once, up to a limit, and gives it on to the application inside."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope

from services.runtime.errors import BodyTooLargeError
from services.runtime.requests.problems import ProblemError

MOST_SECONDS = 10.0
"""How long a body may take: who sends it holds one of the places for work meanwhile."""


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete, so no answer can reach it."""


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float = MOST_SECONDS) -> bytes:
    """The whole body of an ASGI request.

    Raises `BodyTooLargeError` as soon as the announced or the received size exceeds `limit` bytes,
    `ClientGoneError` if the client leaves, and ProblemError (408) if it takes longer than `seconds`.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise BodyTooLargeError(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError:
        raise ProblemError(
            slug="request-timeout",
            title="Request timeout",
            status=408,
            detail=f"the body of a request has to arrive within {seconds:g} seconds",
        ) from None


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` once more, and after it the messages of `receive`."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
