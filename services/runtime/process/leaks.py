"""Tells what a service's code leaves behind: tasks that it starts and never ends, and memory that only grows.

Each is one line, written again only when it has doubled. A handful of background tasks is nobody's fault;
what piles up is named by the function that runs in it. Of memory nobody can say who holds it: the line has
the figures, so that ECS's kill at the limit comes with a reason.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from services.runtime.process.blocking import is_own_code
from services.runtime.telemetry import logs

log = logs.get_logger()

EVERY_SECONDS = 10.0
TASKS = 100
"""So many tasks of one function are told, and twice as many, and so on."""
MEGABYTES = 128
"""So much more than at first is told, and twice as much, and so on."""


class LeakWatch:
    """Looks at the event loop that `watch_forever` runs in."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        megabytes: Callable[[], float] | None = None,
    ) -> None:
        """`megabytes` is how much memory the process has had at most."""
        self._sleep = sleep
        self._megabytes = megabytes or peak_megabytes
        self._told: dict[str, int] = {}
        self._first: float | None = None
        self._grown = float(MEGABYTES)

    async def watch_forever(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            self.look(asyncio.all_tasks())
            await self._sleep(EVERY_SECONDS)

    def look(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        """Tell what has piled up."""
        for (function, place), count in own_tasks(tasks).items():
            if count >= max(TASKS, 2 * self._told.get(function, 0)):
                self._told[function] = count
                log.warning(
                    "tasks pile up",
                    function=function,
                    at=place,
                    tasks=count,
                    hint="await each task that is started, or bound how many there are",
                )
        now = self._megabytes()
        if self._first is None:
            self._first = now
        if now - self._first >= self._grown:
            self._grown = 2 * (now - self._first)
            log.warning(
                "memory grows",
                megabytes=round(now),
                at_first=round(self._first),
                hint="look for what handlers keep between calls",
            )


def own_tasks(tasks: Iterable[asyncio.Task[Any]]) -> Counter[tuple[str, str]]:
    """How many tasks run each function of the service's own code, by its name and place."""
    found: Counter[tuple[str, str]] = Counter()
    for task in tasks:
        code = getattr(task.get_coro(), "cr_code", None)
        if code is not None and is_own_code(code.co_filename):
            found[code.co_qualname, f"{code.co_filename}:{code.co_firstlineno}"] += 1
    return found


def peak_megabytes() -> float:
    """The most memory that this process has had, in MB. https://man7.org/linux/man-pages/man2/getrusage.2.html"""
    units = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * units / 1e6
