"""Collects the lines that are written to standard output within a few milliseconds, and writes them at once.

A request writes about five lines, and each write costs as much as the line took to make, here and in whoever
reads the pipe.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TextIO

DELAY_SECONDS = 0.005
"""How long a line may wait. A process that is killed loses what waits; one that ends by itself does not."""


class LineBuffer:
    """A text stream in front of another one. Lines written outside the event loop are passed on at once."""

    def __init__(self, stream: TextIO, *, delay_seconds: float = DELAY_SECONDS) -> None:
        self._stream = stream
        self._delay_seconds = delay_seconds
        self._kept: list[str] = []
        self._due = False
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Keep `text` until it is flushed."""
        with self._lock:
            self._kept.append(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what is kept: now, or within the delay where an event loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._pass_on()
            return
        if not self._due:
            self._due = True
            loop.call_later(self._delay_seconds, self._pass_on)

    def _pass_on(self) -> None:
        self._due = False
        with self._lock:
            kept, self._kept = self._kept, []
            if kept:
                self._stream.write("".join(kept))
                self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream behind."""
        return self._stream.fileno()
