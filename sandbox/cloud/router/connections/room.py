"""Room for the clients of load balancers within the file descriptors of the process. To be used in one loop.

A request that comes in by a load balancer takes up to five descriptors: its connection, that to the task,
those of the call that the task makes through the mesh, and one to spare. Without a bound, clients that hold
connections open would take all of them, and nobody could be told anything any more.

    room               served
    no room            the connection that is idle for longest is closed, else the request is told 503
    not even for that  waits where the system keeps it, until another one has ended
"""

from __future__ import annotations

import asyncio
import resource
import select
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

OWN = 96
"""Descriptors that the process needs for itself: pipes of its children, calls of AWS's API."""

YOUNG_SECONDS = 0.25
"""A connection idle for less than this is not closed to make room: its request is on the way."""

LOOK_AGAIN_SECONDS = 0.05
"""Between two looks for a connection that may be closed."""

PLENTY = 1_048_576
"""Stands for no limit at all."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many connections are served, and how many more are told that there is no room."""

    served: int
    told: int


def size_within(descriptors: int) -> Size:
    """The room that a limit of descriptors leaves."""
    told = max(4, descriptors // 8)
    return Size(served=max(8, (descriptors - OWN - told) // 5), told=told)


def own_size() -> Size:
    """The room within the limit of this process."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return size_within(PLENTY if soft == resource.RLIM_INFINITY else soft)


class ClientRoom:
    """The connections of all clients, which are idle, and which are told that there is no room."""

    def __init__(
        self,
        size: Size | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._size = size or own_size()
        self._monotonic = monotonic
        self._sleep = sleep
        self._open: set[asyncio.Transport] = set()
        self._told: set[asyncio.Transport] = set()
        self._idle: dict[asyncio.Transport, float] = {}

    async def wait(self) -> None:
        """Wait until there is room for one more connection, if only to tell it that there is none."""
        while len(self._open) >= self._size.served + self._size.told and not self._close_idle():
            await self._sleep(LOOK_AGAIN_SECONDS)

    def add(self, transport: asyncio.Transport) -> None:
        """Take note of a new connection, which is idle."""
        self._open.add(transport)
        self.rest(transport)
        if len(self._open) - len(self._told) > self._size.served and not self._close_idle():
            self._told.add(transport)

    def refuses(self, transport: asyncio.Transport) -> bool:
        """Whether a request on this connection is told that there is no room."""
        return transport in self._told

    def rest(self, transport: asyncio.Transport) -> None:
        """Nothing is asked on it from now on."""
        self._idle.pop(transport, None)
        self._idle[transport] = self._monotonic()

    def work(self, transport: asyncio.Transport) -> None:
        """A request begins on it."""
        self._idle.pop(transport, None)

    def discard(self, transport: asyncio.Transport) -> None:
        """Forget a connection that is closed."""
        self._open.discard(transport)
        self._told.discard(transport)
        self._idle.pop(transport, None)

    def _close_idle(self) -> bool:
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
