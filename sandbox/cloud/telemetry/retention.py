"""Bounds what moto keeps of log events and traces: the oldest go first.

On AWS they are kept as long as retention says, on disks. Here they live in the memory of one process, which
would grow by some 20 KB with each request that is served.

    log events   the oldest of the group that holds most: a busy service pushes out no quiet one's lines
    traces       the oldest trace, with all of its segments

Metrics are kept, and bounded, by sandbox/cloud/metrics/store.py.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

EVENT_OVERHEAD = 400
"""Bytes that a log event takes beside its text."""

SEGMENT_OVERHEAD = 900
"""Bytes that a trace segment takes beside its document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept of log events and traces, in bytes of memory."""

    log_bytes: int = 12 * 1024 * 1024
    trace_bytes: int = 5 * 1024 * 1024


@dataclass(slots=True)
class Kept:
    """How much of one kind is there, at most may be, and has gone; in bytes."""

    bound: int
    held: int = 0
    dropped: int = 0
    """Log events or segments that have gone."""

    def document(self) -> dict[str, int]:
        """For the status document."""
        return {"bound": self.bound, "held": self.held, "dropped": self.dropped}


@dataclass(frozen=True, slots=True)
class _Part:
    """Events that were put together: the oldest ones that are left of their stream."""

    events: list[Any]
    count: int
    weight: int


class LogRetention:
    """Drops the oldest events once all take more than the bound."""

    def __init__(self, bound: int) -> None:
        self.kept = Kept(bound)
        self._parts: dict[str, deque[_Part]] = {}
        self._weights: dict[str, int] = {}

    def added(self, group: str, events: list[Any], new: list[dict[str, Any]]) -> None:
        """`new` was put at the end of `events`, which is the list of one stream."""
        weight = sum(len(event["message"]) + EVENT_OVERHEAD for event in new)
        self._parts.setdefault(group, deque()).append(_Part(events, len(new), weight))
        self._weights[group] = self._weights.get(group, 0) + weight
        self.kept.held += weight
        while self.kept.held > self.kept.bound:
            self._drop_oldest(max(self._weights, key=self._weights.__getitem__))

    def _drop_oldest(self, group: str) -> None:
        part = self._parts[group].popleft()
        del part.events[: part.count]
        self._weights[group] -= part.weight
        self.kept.held -= part.weight
        self.kept.dropped += part.count


class TraceRetention:
    """Drops the oldest traces once all segments take more than the bound."""

    def __init__(self, bound: int) -> None:
        self.kept = Kept(bound)
        self._weights: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def added(self, traces: dict[str, Any], segment: Any) -> None:
        """`segment` was put into `traces`, which are by their ids."""
        weight, count = self._weights.get(segment.trace_id, (0, 0))
        more = len(segment.raw) + SEGMENT_OVERHEAD
        self._weights[segment.trace_id] = weight + more, count + 1
        self.kept.held += more
        # answers are made of the raw document and of `misc` alone; these parts are three times as large
        segment.subsegments = segment.http = segment.aws = segment.annotations = segment.metadata = None
        while self.kept.held > self.kept.bound:
            oldest, (weight, count) = self._weights.popitem(last=False)
            traces.pop(oldest, None)
            self.kept.held -= weight
            self.kept.dropped += count


class TelemetryRetention:
    """What is kept of both, in one process."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        bounds = bounds or Bounds()
        self.logs = LogRetention(bounds.log_bytes)
        self.traces = TraceRetention(bounds.trace_bytes)

    def document(self) -> dict[str, dict[str, int]]:
        """For the status document: by kind, what is held, at most, and what has gone."""
        return {
            "logs": self.logs.kept.document(),
            "traces": self.traces.kept.document(),
        }

    def install(self) -> None:
        """Have moto keep no more than this. Imports moto.

        Each of the two is called with the lock of its service held (`ServiceLocks`).
        """
        from moto.logs.models import LogStream  # noqa: PLC0415
        from moto.xray.models import SegmentCollection  # noqa: PLC0415

        stream_class: Any = LogStream
        put_events = stream_class.put_log_events

        def put_log_events(stream: Any, log_events: list[dict[str, Any]]) -> str:
            token: str = put_events(stream, log_events)
            self.logs.added(stream.log_group.name, stream.events, log_events)
            return token

        segments_class: Any = SegmentCollection
        put_one = segments_class.put_segment

        def put_segment(collection: Any, segment: Any) -> None:
            put_one(collection, segment)
            self.traces.added(collection._traces, segment)  # noqa: SLF001 - moto has no other name for it

        stream_class.put_log_events = put_log_events
        segments_class.put_segment = put_segment
