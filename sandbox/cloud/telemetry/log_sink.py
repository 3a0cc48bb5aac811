"""The interface through which tasks and functions write their log lines."""

from __future__ import annotations

from typing import Protocol


class LogSink(Protocol):
    """Takes log lines without blocking."""

    def put(self, group: str, stream: str, line: str, timestamp_ms: int) -> None:
        """Accept one line (without its line end) of one stream."""
        ...
