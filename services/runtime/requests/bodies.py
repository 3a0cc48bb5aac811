"""Reads a request body once, up to a limit, and gives it on to the application inside."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope

from services.runtime.errors import BodyTooLargeError


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete, so no answer can reach it."""


async def read_body(scope: Scope, receive: Receive, *, limit: int) -> bytes:
    """The whole body of an ASGI request.

    Raises `BodyTooLargeError` as soon as the announced or the received size exceeds `limit` bytes, and
    `ClientGoneError` if the client leaves.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise BodyTooLargeError(limit)
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
