from __future__ import annotations

import asyncio

import pytest

from services.runtime.errors import SecretUnavailableError
from services.runtime.process.lifecycle import until_ready
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
