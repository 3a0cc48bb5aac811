from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from services.orbit.dispatch import DispatchEndpoint
from services.orbit.models import DispatchAnswer, DispatchRequest
from services.runtime.deadline import Deadline
from services.runtime.requests.problems import ProblemError
from tests.support.services.asgi import receiver
from tests.support.services.doubles import Clock


class Asked(Exception):  # noqa: N818 - it ends the test's request, and is no error
    """A dispatcher was asked."""


class AskedDispatcher:
    """A dispatcher that ends the request, and keeps what it was asked."""

    def __init__(self) -> None:
        self.due: Deadline | None = None

    async def dispatch(self, asked: DispatchRequest, *, due: Deadline, correlation_id: str) -> DispatchAnswer:
        self.due = due
        raise Asked


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 8.0), (b"1500", 1.5), (b"60000", 8.0), (b"soon", 8.0), (b"0", 0.0)]
)
def test_a_dispatch_has_a_deadline(clock: Clock, header: bytes | None, seconds: float) -> None:
    """What the client will wait, and never more than the service's own limit (ORB-1)."""
    dispatcher = AskedDispatcher()
    endpoint = DispatchEndpoint(
        dispatcher=dispatcher,  # type: ignore[arg-type]
        limit_seconds=8.0,
        max_body_bytes=100,
        monotonic=clock,
    )
    headers = [(b"x-myelin-deadline-ms", header)] if header is not None else []
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/dispatch", "headers": headers}
    body = receiver({"type": "http.request", "body": b'{"intent": "reason"}'})

    with pytest.raises(Asked):
        asyncio.run(endpoint(Request(scope, body)))
    assert dispatcher.due == Deadline(at=clock.now + seconds)


def test_a_body_that_is_none_is_not_dispatched(clock: Clock) -> None:
    """400, and the dispatcher is not asked."""
    dispatcher = AskedDispatcher()
    endpoint = DispatchEndpoint(
        dispatcher=dispatcher,  # type: ignore[arg-type]
        limit_seconds=8.0,
        max_body_bytes=100,
        monotonic=clock,
    )
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/dispatch", "headers": []}

    with pytest.raises(ProblemError) as caught:
        asyncio.run(endpoint(Request(scope, receiver({"type": "http.request", "body": b"[]"}))))
    assert (caught.value.status, dispatcher.due) == (400, None)
