from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from services.runtime import correlation


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    text = (correlation.current() or "none").encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-correlation-id", b"stale")]})
    await send({"type": "http.response.body", "body": text})


def ask(headers: list[tuple[str, str]]) -> httpx.Response:
    app = correlation.CorrelationMiddleware(echo, make=lambda: "made")

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client:
            return await client.get("/", headers=headers)

    return asyncio.run(run())


def test_an_incoming_id_is_used_inside_and_sent_back() -> None:
    """The id that comes in is the one inside and the only one on the answer (AXN-1, ORB-1)."""
    answer = ask([("x-correlation-id", "abc-123")])

    assert answer.text == "abc-123"
    assert answer.headers.get_list("x-correlation-id") == ["abc-123"]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-correlation-id", "")],
        [("x-correlation-id", "two words")],
        [("x-correlation-id", 'quo"te')],
        [("x-correlation-id", "x" * 129)],
        [("x-correlation-id", "one"), ("x-correlation-id", "two")],
    ],
)
def test_what_can_not_be_taken_over_is_replaced(headers: list[tuple[str, str]]) -> None:
    """A missing, unsafe, too long or repeated id gives a new one."""
    assert ask(headers).headers["x-correlation-id"] == "made"


@given(st.binary(max_size=140))
def test_whatever_comes_in_the_id_is_safe(value: bytes) -> None:
    """Every id in use is 1 to 128 visible ASCII characters without quotes or white space."""
    found = correlation.accept([value])

    assert re.fullmatch(r"[!-~]{1,128}", found)
    assert not set(found) & set("\"'\\ \r\n<>{}")


def test_the_id_ends_with_the_request() -> None:
    """Outside of a request there is no id, and other protocols than HTTP pass through."""
    ask([("x-correlation-id", "abc")])
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> None: ...

    asyncio.run(correlation.CorrelationMiddleware(inner)({"type": "lifespan"}, nothing, nothing))  # type: ignore[arg-type]
    assert correlation.current() is None
    assert seen == ["lifespan"]
    assert correlation.new_id() != correlation.new_id()
