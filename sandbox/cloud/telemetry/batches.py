"""Sorts log lines into batches, each for one PutLogEvents call. Pure.

Limits of PutLogEvents: 10,000 events and 1,048,576 bytes a call, 26 bytes counted beside each message, events
in chronological order within 24 hours; a message holds at least one character
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576
EVENT_OVERHEAD = 26
MAX_SPAN_MS = 24 * 60 * 60 * 1000
MAX_MESSAGE_BYTES = 256 * 1024 - EVENT_OVERHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a log stream; its time is in milliseconds since the epoch."""

    group: str
    stream: str
    message: str
    timestamp_ms: int

    @property
    def weight(self) -> int:
        """How many bytes the line counts in a call."""
        return len(self.message.encode()) + EVENT_OVERHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBatch:
    """The lines of one PutLogEvents call: of one stream, in chronological order, within the limits."""

    group: str
    stream: str
    lines: tuple[LogLine, ...]


def split_into_batches(lines: Iterable[LogLine]) -> Iterator[LogBatch]:
    """Sort lines into batches: streams in the order in which they first appear, equal times in the order
    given.
    """
    kept = [_truncate(line) for line in lines if line.message]
    streams = dict.fromkeys((line.group, line.stream) for line in kept)
    for group, stream in streams:
        own = [line for line in kept if (line.group, line.stream) == (group, stream)]
        own.sort(key=lambda line: line.timestamp_ms)
        for _, part in groupby(zip(own, _number_batches(own), strict=True), key=lambda pair: pair[1]):
            yield LogBatch(group=group, stream=stream, lines=tuple(line for line, _ in part))


def _number_batches(lines: list[LogLine]) -> Iterator[int]:
    """Give each line the number of its batch."""
    number = events = size = first = 0
    for line in lines:
        if events and (
            events == MAX_EVENTS or size + line.weight > MAX_BYTES or line.timestamp_ms - first > MAX_SPAN_MS
        ):
            number, events, size = number + 1, 0, 0
        if not events:
            first = line.timestamp_ms
        events, size = events + 1, size + line.weight
        yield number


def _truncate(line: LogLine) -> LogLine:
    data = line.message.encode()
    if len(data) <= MAX_MESSAGE_BYTES:
        return line
    message = data[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore")
    return LogLine(group=line.group, stream=line.stream, message=message, timestamp_ms=line.timestamp_ms)
