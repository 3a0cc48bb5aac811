"""A log sink that remembers what it is given."""

from __future__ import annotations

import threading


class LogLines:
    """Keeps log lines in memory: group, stream and text of each."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self._lock = threading.Lock()

    def put(self, group: str, stream: str, line: str, timestamp_ms: int) -> None:
        with self._lock:
            self.lines.append((group, stream, line))

    @property
    def messages(self) -> list[str]:
        with self._lock:
            return [line for _, _, line in self.lines]
