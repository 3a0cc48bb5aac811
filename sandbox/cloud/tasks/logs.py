"""Writes a task's output, line by line, to its log stream."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.telemetry.log_sink import LogSink

_CHUNK = 65536
_LONGEST_LINE = 250_000
"""Bytes; a CloudWatch Logs event of the awslogs driver holds at most 256 KiB."""


class TaskLog:
    """The log stream `<prefix>/<container>/<task id>` of one task.

    Remembers the last lines for failure reasons.
    """

    def __init__(
        self,
        definition: TaskDefinition,
        task_id: str,
        sink: LogSink,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Without the awslogs driver in the definition, output is read and dropped, as on Fargate."""
        target = definition.log
        self._group = target.group if target else None
        self._stream = f"{target.stream_prefix}/{definition.container}/{task_id}" if target else ""
        self._sink = sink
        self._clock_ms = clock_ms
        self._tail: deque[str] = deque(maxlen=5)

    @property
    def last_line(self) -> str:
        """The last line that is not empty, cut to 200 characters."""
        return next((line.strip()[:200] for line in reversed(self._tail) if line.strip()), "")

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that are not empty, each cut to 200 characters."""
        return tuple(line.strip()[:200] for line in self._tail if line.strip())

    def line(self, text: str) -> None:
        """Write one line."""
        self._tail.append(text)
        if self._group is not None:
            self._sink.put(self._group, self._stream, text, self._clock_ms())

    async def pump(self, reader: asyncio.StreamReader) -> None:
        """Write each line that a pipe gives, until it is closed."""
        rest = b""
        while chunk := await reader.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self.line(line.removesuffix(b"\r").decode("utf-8", "replace"))
            if len(rest) > _LONGEST_LINE:
                self.line(rest.decode("utf-8", "replace"))
                rest = b""
        if rest:
            self.line(rest.decode("utf-8", "replace"))
