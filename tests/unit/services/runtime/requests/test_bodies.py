from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from services.runtime.errors import BodyTooLargeError
from services.runtime.requests.bodies import ClientGoneError, read_body, replay
from services.runtime.requests.problems import ProblemError
from tests.support.services.asgi import receiver


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_read_once_and_given_on() -> None:
    """Chunks become one body, which can be received once more."""

    async def run() -> tuple[bytes, Message, Message]:
        receive = receiver(part(b"one", more=True), part(b"two"), {"type": "http.disconnect"})
        body = await read_body({"headers": []}, receive, limit=6)
        again = replay(body, receive)
        return body, await again(), await again()

    body, first, second = asyncio.run(run())
    assert body == first["body"] == b"onetwo"
    assert second["type"] == "http.disconnect"


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """408: who sends a byte now and then would hold a place for work as long as it likes."""

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ProblemError) as caught:
        asyncio.run(read_body({"headers": [(b"content-length", b"5")]}, never, limit=6, seconds=0.01))
    assert (caught.value.status, caught.value.slug) == (408, "request-timeout")


@pytest.mark.parametrize(
    ("headers", "messages", "error"),
    [
        ([(b"content-length", b"7")], [], BodyTooLargeError),
        ([], [part(b"1234", more=True), part(b"567")], BodyTooLargeError),
        ([(b"content-length", b"5")], [part(b"1", more=True), {"type": "http.disconnect"}], ClientGoneError),
    ],
)
def test_a_body_is_bounded(
    headers: list[tuple[bytes, bytes]], messages: list[Message], error: type[Exception]
) -> None:
    """Too much is refused on its announcement, or while it comes; a client that leaves is noticed."""
    with pytest.raises(error):
        asyncio.run(read_body({"headers": headers}, receiver(*messages), limit=6))
