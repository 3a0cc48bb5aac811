"""What a process writes to stdout and stderr, as lines of its log stream."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

CHUNK = 64 * 1024
TAIL_BYTES = 4096
"""How much of a call's log the caller may have with its answer."""


class ProcessOutput:
    """Reads the pipe of one process and sends its lines on; also remembers those of the call under way.

    A thread of its own reads whenever there is something, so that the process never blocks on a full pipe.
    `drain()` reads what is there already: what a handler wrote before it answered is logged before the lines
    that end the call.
    """

    def __init__(self, pipe: int, emit: Callable[[str], None]) -> None:
        """Take over the file descriptor; `emit` gets each line."""
        self._pipe = pipe
        self._emit_line = emit
        self._rest = b""
        self._tail = b""
        self._lock = threading.Lock()
        self._ended = False
        os.set_blocking(pipe, False)
        self._thread = threading.Thread(target=self._pump, name="function-output", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Write one line on Lambda's behalf, after all that the process has written."""
        with self._lock:
            self._read_all(rest=True)
            self._emit(text)

    def take_tail(self) -> bytes:
        """Give the end of what was written since the last time this was asked."""
        with self._lock:
            tail, self._tail = self._tail[-TAIL_BYTES:], b""
            return tail

    def close(self, timeout: float = 1.0) -> None:
        """Read to the end, after the process has gone."""
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
        """Read what is there; with `rest` an unfinished line counts, too. False at the end of the pipe."""
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
    """Decode a line; AWS's runtime client keeps a multi-line record in one piece by writing `\\r` between its
    lines.
    """
    return line.removesuffix(b"\r").decode("utf-8", "replace").replace("\r", "\n")
