"""How late the event loop was."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.process.lateness import EVERY_SECONDS, Lateness
from tests.support.services.doubles import Clock


def watched(clock: Clock, *lates: float) -> Lateness:
    """A watch whose looks came so many seconds late, one after another."""
    left = list(lates)

    async def sleep(seconds: float) -> None:
        if not left:
            raise asyncio.CancelledError
        clock.now += seconds + left.pop(0)

    made = Lateness(monotonic=clock, sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(made.watch_forever())
    return made


def test_lateness_since_a_moment_is_the_sum_of_its_looks() -> None:
    """Looks before the moment do not count."""
    clock = Clock()
    made = watched(clock, 0.5, 0.0, 0.25)
    assert made.since(0) == pytest.approx(0.75)
    assert made.since(clock.now - EVERY_SECONDS) == pytest.approx(0.25)


def test_a_look_that_is_overdue_counts() -> None:
    """A loop that is late now is late, although nothing in it could notice yet."""
    clock = Clock()
    made = watched(clock, 0.0)
    began = clock.now
    clock.now += EVERY_SECONDS + 2.0
    assert made.since(began) == pytest.approx(2.0)


def test_a_loop_that_nobody_watches_is_not_late() -> None:
    """Without a watch there is nothing to go by."""
    assert Lateness().since(0) == 0.0
