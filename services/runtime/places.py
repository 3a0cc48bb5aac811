"""How many may work at a time: a few more wait a moment, and others are refused at once."""

from __future__ import annotations

import asyncio


class NoPlaceError(Exception):
    """There was no place in time."""


class Places:
    """Places for work. It belongs to one event loop."""

    def __init__(self, *, at_once: int, waiting: int, wait_seconds: float) -> None:
        """`at_once` work at a time, `waiting` more wait for `wait_seconds` at most."""
        self._places = asyncio.Semaphore(at_once)
        self._waiting = waiting
        self._wait_seconds = wait_seconds
        self._in_line = 0
        self.refused = 0

    async def take(self) -> None:
        """Take a place, which has to be given back. Raises NoPlaceError when there is none in time."""
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()

    def give_back(self) -> None:
        """Give a place back."""
        self._places.release()

    async def _wait(self) -> None:
        if self._in_line >= self._waiting:
            self.refused += 1
            raise NoPlaceError
        self._in_line += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            self.refused += 1
            raise NoPlaceError from None
        finally:
            self._in_line -= 1
