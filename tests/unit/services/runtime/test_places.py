"""Places for work; who waits and who is refused is tested with requests (test_capacity.py)."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.places import NoPlaceError, Places


def test_a_place_is_taken_and_given_back() -> None:
    """With one place and nobody waiting the second is refused, and counted, until the first gives it back."""

    async def run() -> int:
        places = Places(at_once=1, waiting=0, wait_seconds=3600)
        await places.take()
        with pytest.raises(NoPlaceError):
            await places.take()
        places.give_back()
        await places.take()
        return places.refused

    assert asyncio.run(run()) == 1


def test_who_waits_and_is_cancelled_leaves_the_line() -> None:
    """A place in the line is free again when the one who waited has gone."""

    async def run() -> int:
        places = Places(at_once=1, waiting=1, wait_seconds=3600)
        await places.take()
        for _ in range(3):
            waiting = asyncio.create_task(places.take())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return places.refused

    assert asyncio.run(run()) == 0
