"""How late the event loop is: for what this process was too busy, nobody else is to blame."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

EVERY_SECONDS = 0.1
"""How often it is looked at."""

REMEMBERED = 600
"""Looks that are remembered: a minute."""


class Lateness:
    """Remembers how late the event loop was lately. It belongs to that loop."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._looks: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._due: float | None = None

    async def watch_forever(self) -> None:
        """Look again and again; never returns."""
        while True:
            self._due = self._monotonic() + EVERY_SECONDS
            await self._sleep(EVERY_SECONDS)
            now = self._monotonic()
            self._looks.append((now, max(0.0, now - self._due)))

    def since(self, moment: float) -> float:
        """Seconds by which it was late since the monotonic time `moment`, in all."""
        late = 0.0
        for at, seconds in reversed(self._looks):
            if at < moment:
                break
            late += seconds
        # the look that is due may not have had its turn yet
        return late + (max(0.0, self._monotonic() - self._due) if self._due is not None else 0.0)
