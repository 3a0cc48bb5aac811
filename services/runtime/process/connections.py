"""The connections of a process: which are idle, and whether there is room for one more."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Callable
from enum import Enum

from services.runtime.process.descriptors import Room

YOUNG_SECONDS = 1.0
"""A connection idle for less than this is not closed to make room: its request is on the way."""


class ConnectionPlace(Enum):
    """What a new connection gets: it is served, told that the service is busy, or closed at once."""

    SERVED = "served"
    TOLD = "told"
    NONE = "none"


class ClientConnections:
    """Counts connections, and closes idle ones when others need their place. It belongs to one event loop."""

    def __init__(self, room: Room, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._monotonic = monotonic
        self._open: set[asyncio.Transport] = set()
        self.draining = False
        """Set when the process stops: each answer is the last one on its connection."""
        self._idle: dict[asyncio.Transport, float] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._open)

    @property
    def crowded(self) -> bool:
        """Whether there are more than can be served."""
        return len(self._open) > self._room.served

    def add(self, transport: asyncio.Transport) -> ConnectionPlace:
        """Take note of a new connection, which is idle, and say what becomes of it."""
        self._open.add(transport)
        self.rest(transport)
        if not self.crowded or self._close_idle():
            return ConnectionPlace.SERVED
        return (
            ConnectionPlace.TOLD
            if len(self._open) <= self._room.served + self._room.told
            else ConnectionPlace.NONE
        )

    def discard(self, transport: asyncio.Transport) -> None:
        """Forget a connection that is closed."""
        self._open.discard(transport)
        self._idle.pop(transport, None)

    def rest(self, transport: asyncio.Transport) -> None:
        """Nothing is asked on it from now on."""
        # taken out first: those that are idle stand in the order in which they became so
        self._idle.pop(transport, None)
        self._idle[transport] = self._monotonic()

    def work(self, transport: asyncio.Transport) -> None:
        """A request begins on it."""
        self._idle.pop(transport, None)

    def _close_idle(self) -> bool:
        """Close the connection that has been idle for longest, if there is one, and nothing has come in on it
        that was not read yet.
        """
        long_ago = self._monotonic() - YOUNG_SECONDS
        for transport, since in self._idle.items():
            if since > long_ago:
                return False
            if not _readable(transport):
                transport.close()
                self.discard(transport)
                return True
        return False


def _readable(transport: asyncio.Transport) -> bool:
    poller = select.poll()
    poller.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poller.poll(0))
