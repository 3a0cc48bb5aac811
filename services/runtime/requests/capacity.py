"""How many requests are worked on at a time: a few more wait a moment, others are told to come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.runtime.places import NoPlaceError, Places
from services.runtime.requests.problems import ProblemError

RETRY_AFTER_SECONDS = 1


class Capacity:
    """Places for requests. It belongs to one event loop."""

    def __init__(self, *, at_once: int, waiting: int, wait_seconds: float) -> None:
        """`at_once` requests are worked on, `waiting` more wait for `wait_seconds` at most."""
        self._places = Places(at_once=at_once, waiting=waiting, wait_seconds=wait_seconds)

    @property
    def refused(self) -> int:
        """How many requests were told to come back."""
        return self._places.refused

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for the time of the block. Raises ProblemError `busy` (503) when there is none in time."""
        try:
            await self._places.take()
        except NoPlaceError:
            raise busy() from None
        try:
            yield
        finally:
            self._places.give_back()


def busy() -> ProblemError:
    """There is no room for the request: 503, and when to come back."""
    return ProblemError(
        slug="busy",
        title="Busy",
        status=503,
        detail="the service works on as many requests as it can",
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )
