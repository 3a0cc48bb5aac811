"""Tells which line of a service's code keeps the event loop: meanwhile no request is answered, not even
`/health`.

A coroutine that computes for long, sleeps, or waits for a socket by itself stops everything else in its
process. The loop cannot say so while it is kept, so a thread looks: if the loop has had no turn for
`after_seconds`, and code of the service is what runs, one line names the function, the file and the line. A
machine that is merely busy keeps the loop, too, but then no code of the service is found at work in it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import starlette

from services.runtime.telemetry import logs

log = logs.get_logger()

AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.25
_RUNTIME = str(Path(__file__).parents[1]) + os.sep
_PACKAGES = str(Path(starlette.__file__).parents[1]) + os.sep
"""Where libraries are, on this machine as in an image."""
_NOT_OURS = (_PACKAGES, str(Path(os.__file__).parent) + os.sep, _RUNTIME, "<frozen")


class BlockWatch:
    """Watches the event loop that `watch_forever` runs in."""

    def __init__(
        self, *, after_seconds: float = AFTER_SECONDS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._after_seconds = after_seconds
        self._monotonic = monotonic
        self._turn = 0.0
        self._stopped = threading.Event()

    async def watch_forever(self) -> None:
        """Watch until it is cancelled."""
        self._turn = self._monotonic()
        watcher = threading.Thread(
            target=self._watch, args=(threading.get_ident(),), name="block-watch", daemon=True
        )
        watcher.start()
        try:
            while True:
                self._turn = self._monotonic()
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            self._stopped.set()

    def _watch(self, thread: int) -> None:
        told = 0.0
        while not self._stopped.wait(_EVERY_SECONDS):
            turn = self._turn
            kept = self._monotonic() - turn
            if kept < self._after_seconds or turn == told:
                continue
            # https://docs.python.org/3/library/sys.html#sys._current_frames
            found = own_frame(sys._current_frames().get(thread))  # noqa: SLF001 - the documented way
            if found is not None:
                told = turn
                code = found.f_code
                log.error(
                    "event loop blocked",
                    function=code.co_qualname,
                    at=f"{code.co_filename}:{found.f_lineno}",
                    seconds=round(kept, 1),
                    hint="await what waits, or make the handler a plain function: that runs in a thread",
                )


def own_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of code that is neither Python's, nor a library's, nor the runtime's."""
    while frame is not None and not is_own_code(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def is_own_code(path: str) -> bool:
    """Whether a file is the service's own: neither Python's, nor a library's, nor the runtime's."""
    return not any(part in path for part in _NOT_OURS)
