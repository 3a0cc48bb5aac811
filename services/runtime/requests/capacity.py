"""How many requests are worked on at a time: a few more wait a moment, others are told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.runtime.requests.problems import ProblemError

RETRY_AFTER_SECONDS = 1


class Capacity:
    """Places for requests. It belongs to one event loop."""

    def __init__(self, *, at_once: int, waiting: int, wait_seconds: float) -> None:
        """`at_once` requests are worked on, `waiting` more wait for `wait_seconds` at most."""
        self._places = asyncio.Semaphore(at_once)
        self._waiting = waiting
        self._wait_seconds = wait_seconds
        self._in_line = 0
        self.refused = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for the time of the block. Raises ProblemError `busy` (503) when there is none in time."""
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    async def _wait(self) -> None:
        if self._in_line >= self._waiting:
            self.refused += 1
            raise busy()
        self._in_line += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            self.refused += 1
            raise busy() from None
        finally:
            self._in_line -= 1


def busy() -> ProblemError:
    """There is no room for the request: 503, and when to come back."""
    return ProblemError(
        slug="busy",
        title="Busy",
        status=503,
        detail="the service works on as many requests as it can",
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )
