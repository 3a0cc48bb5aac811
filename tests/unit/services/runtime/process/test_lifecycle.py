from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette

from services.runtime.errors import SecretUnavailableError
from services.runtime.process.lifecycle import Lifecycle, lifespan, until_ready
from tests.support.services.doubles import Clock, Lines


def test_the_start_is_tried_until_it_succeeds(clock: Clock, lines: Lines) -> None:
    """Pauses grow up to two seconds, within the time to start (AXN-1)."""
    failures = [SecretUnavailableError("arn", "AccessDeniedException")] * 7

    async def load() -> None:
        if failures:
            raise failures.pop()

    asyncio.run(until_ready(load, timeout_seconds=30, monotonic=clock, sleep=clock.sleep))
    assert clock.slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    failures = [SecretUnavailableError("arn", "AccessDeniedException")] * 9
    with pytest.raises(SecretUnavailableError):
        asyncio.run(until_ready(load, timeout_seconds=3, monotonic=clock, sleep=clock.sleep))


def test_a_start_that_raises_anything_is_told_in_one_line(lines: Lines) -> None:
    """What a service runs on start may raise whatever it likes: one line names it and where, as for errors of
    ours, and the start fails.
    """

    async def load() -> None:
        raise ZeroDivisionError("nothing to divide by")

    async def start() -> None:
        async with lifespan(Lifecycle(), load=load)(Starlette()):
            pass

    with pytest.raises(ZeroDivisionError):
        asyncio.run(start())
    told = lines.named("service cannot start")
    assert told["problem"].startswith("ZeroDivisionError: nothing to divide by (")
    assert "test_lifecycle.py:" in told["problem"]
