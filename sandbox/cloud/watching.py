"""Follows something that changes: reads it again when told to, and reacts to what was read.

The parts of the emulated AWS that act on its state (the router, the task runner) are told of each change and
never poll. What they share is here: one thread with one event loop, and in it rounds that never overlap:

1. wait: for `notify`, for `wake`, or for the moment that the last reaction asked for;
2. read, if told that something changed, in a thread of its own; not too often;
3. react.

A failure of either is logged and tried again after a pause, because a change is told only once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

Read = TypeVar("Read")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPace:
    """How often to read, and how soon to try again; all in seconds.

    After a read the next one waits `spacing`, so that a burst of changes is read once or twice and not fifty
    times, or `share` times as long as the read took, so that reading takes at most a fifth of the emulator's
    time; but never longer than `longest`: the very first read also waits for the emulator to load.
    """

    spacing: float = 0.1
    share: float = 4.0
    longest: float = 1.0
    retry: float = 0.5
    """After a failure that was to be expected, such as something deleted between two calls."""
    retry_unexpected: float = 5.0
    """After any other failure: it may come again, and is in the log each time."""

    def pause(self, took: float) -> float:
        """Seconds from the end of a read, which took `took`, to the next one."""
        return min(max(self.spacing, self.share * took), self.longest)


class WatchClock(Protocol):
    """Time as a watcher needs it: seconds that only grow, and waiting."""

    def now(self) -> float:
        """The present moment."""
        ...

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Return when the event is set, or at the moment `until` (None: whenever that is)."""
        ...


class MonotonicClock:
    """The event loop's own clock."""

    def now(self) -> float:
        """Seconds of time.monotonic, which is also the time of an event loop."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Wait for the event, or for the time to come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await event.wait()


async def _nothing() -> None:
    return None


class Watcher(Generic[Read]):
    """Runs `read` and `react` in a thread of its own. All methods may be called from any thread."""

    def __init__(
        self,
        name: str,
        *,
        read: Callable[[], Read],
        react: Callable[[Read | None], Awaitable[float | None]],
        expected: tuple[type[Exception], ...] = (),
        opening: Callable[[], Awaitable[None]] = _nothing,
        closing: Callable[[], Awaitable[None]] = _nothing,
        pace: ReadPace | None = None,
        clock: WatchClock | None = None,
    ) -> None:
        """Nothing runs before `start`; `name` is the thread's, and what the log calls it.

        `read` may block. `react` gets what was read, None if nothing was read in this round, and returns the
        moment at which to react again at the latest (None: not before there is a reason). `expected` are the
        failures that pass by themselves. `opening` runs in the event loop before the first round, `closing`
        after the last, and whatever happened.
        """
        self._name = name
        self._read = read
        self._react = react
        self._expected = expected
        self._opening = opening
        self._closing = closing
        self._pace = pace or ReadPace()
        self._clock = clock or MonotonicClock()
        self._stale = True
        self._read_after = float("-inf")
        self._stopping = False
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns when `opening` is done, or has failed."""
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.run(ready.set)), name=self._name, daemon=True
        )
        self._thread.start()
        ready.wait()

    def notify(self) -> None:
        """What is watched has changed: read it again soon. Returns at once."""
        self._stale = True
        self.wake()

    def wake(self) -> None:
        """React again soon, without reading. Returns at once."""
        self.call(self._event.set)

    def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a function called in the event loop; it is dropped when none runs."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(function, *arguments)

    def stop(self, timeout: float) -> None:
        """End after the round under way; returns when all is closed, or after `timeout` seconds.

        A second call does nothing.
        """
        self._stopping = True
        self.wake()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(timeout)

    async def run(self, opened: Callable[[], None] = lambda: None) -> None:
        """Do rounds in the running event loop until `stop`; `opened` is called when they begin."""
        self._loop = asyncio.get_running_loop()
        self._event.set()
        try:
            try:
                await self._opening()
            finally:
                opened()
            await self._rounds()
        finally:
            try:
                await self._closing()
            finally:
                self._loop = None

    async def _rounds(self) -> None:
        wake_at: float | None = None
        while not self._stopping:
            await self._clock.wait(self._event, wake_at)
            self._event.clear()
            if not self._stopping:
                wake_at = await self._round()

    async def _round(self) -> float | None:
        """Read and react; returns when to do so again without being told."""
        try:
            found, read_again = await self._read_if_stale()
            react_again = await self._react(found)
        except Exception:
            # the thread must outlive any failure: what was not done is still to be done
            _logger.exception("%s failed", self._name)
            self._stale = True
            return self._clock.now() + self._pace.retry_unexpected
        return min((moment for moment in (read_again, react_again) if moment is not None), default=None)

    async def _read_if_stale(self) -> tuple[Read | None, float | None]:
        """What was read, and when to try again if it was too early for a read or the read failed."""
        if not self._stale:
            return None, None
        began = self._clock.now()
        if began < self._read_after:
            return None, self._read_after
        self._stale = False
        try:
            return await asyncio.to_thread(self._read), None
        except self._expected as error:
            _logger.info("%s could not read, and tries again: %s", self._name, error)
            self._stale = True
            return None, self._clock.now() + self._pace.retry
        finally:
            ended = self._clock.now()
            self._read_after = ended + self._pace.pause(ended - began)
