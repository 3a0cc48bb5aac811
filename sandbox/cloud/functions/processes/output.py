"""Reads what a function's process writes to stdout and stderr, line by line."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

CHUNK = 64 * 1024
TAIL_BYTES = 4096
"""How much of an invocation's log the caller may get with the response."""


class ProcessOutput:
    """Reads the pipe of one process, passes its lines on, and keeps the last ones of the current invocation.

    A thread reads whenever something was written, so that the process never blocks on a full pipe. `lines`
    first reads what was written already: a handler's own lines come before those that end the invocation.
    """

    def __init__(self, pipe: int, emit: Callable[[str], None]) -> None:
        """`pipe` is the file descriptor to read and close; `emit` gets each line."""
        self._pipe = pipe
        self._emit_line = emit
        self._rest = b""
        self._tail = b""
        self._lock = threading.Lock()
        self._ended = False
        os.set_blocking(pipe, False)
        self._thread = threading.Thread(target=self._pump, name="function-output", daemon=True)
        self._thread.start()

    def lines(self, *texts: str) -> None:
        """Write lines of Lambda's own, after all lines that the process has written."""
        with self._lock:
            self._read_all(rest=True)
            for text in texts:
                self._emit(text)

    def take_tail(self) -> bytes:
        """Return the last 4 KiB of what was written since the last call of this method."""
        with self._lock:
            tail, self._tail = self._tail[-TAIL_BYTES:], b""
            return tail

    def close(self, timeout: float = 1.0) -> None:
        """Read the rest and close the pipe; to be called after the process has ended."""
        self._thread.join(timeout)
        with self._lock:
            self._ended = True
            os.close(self._pipe)

    def _pump(self) -> None:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN | select.POLLHUP)
        while True:
            poll.poll(500)
            with self._lock:
                if self._ended or not self._read_all():
                    return

    def _read_all(self, *, rest: bool = False) -> bool:
        """Read what was written; with `rest` also an unfinished line. Returns False at the pipe's end."""
        more = not self._ended
        while more:
            try:
                chunk = os.read(self._pipe, CHUNK)
            except BlockingIOError:
                break
            more = bool(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self._emit(_text(line))
        if self._rest and (rest or not more):
            line, self._rest = self._rest, b""
            self._emit(_text(line))
        return more

    def _emit(self, text: str) -> None:
        self._tail = (self._tail + text.encode() + b"\n")[-2 * TAIL_BYTES :]
        self._emit_line(text)


def _text(line: bytes) -> str:
    """Decode a line; AWS's runtime client writes `\\r` between the lines of one record."""
    return line.removesuffix(b"\r").decode("utf-8", "replace").replace("\r", "\n")
