"""Remembers which signatures were used, so that each is accepted once."""

from __future__ import annotations

import heapq
from enum import Enum


class Use(Enum):
    """The cache's answer about a signature: its first use, a repeated one, or no room to remember it."""

    FIRST = "first"
    REPEATED = "repeated"
    FULL = "full"


class ReplayCache:
    """A bounded set of used signatures, each kept until it would be refused as expired anyway.

    A full cache answers `Use.FULL` instead of forgetting one that could still be replayed: only holders of a
    valid key can fill it. It belongs to one event loop and takes no lock.
    """

    def __init__(self, *, capacity: int = 100_000) -> None:
        """`capacity` is the number of signatures; each takes about 250 bytes."""
        self._capacity = capacity
        self._used: set[str] = set()
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        """How many signatures are remembered."""
        return len(self._used)

    def use(self, signature: str, *, expires_at: float, now: float) -> Use:
        """Take note that `signature` is used; it is remembered up to and including `expires_at` (the clock of
        `now`).
        """
        while self._expiries and self._expiries[0][0] < now:
            self._used.discard(heapq.heappop(self._expiries)[1])
        if signature in self._used:
            return Use.REPEATED
        if len(self._used) >= self._capacity:
            return Use.FULL
        self._used.add(signature)
        heapq.heappush(self._expiries, (expires_at, signature))
        return Use.FIRST
