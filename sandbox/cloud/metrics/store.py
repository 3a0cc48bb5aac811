"""The metrics of one region: a summary for each metric and minute, bounded, the oldest first.

A minute is shorter where the sandbox's time runs faster: `resolution` is its length in real seconds.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.cloud.metrics.summary import Summary

BOUND = 30_000
"""Summaries: some 20 metrics for a day."""


@dataclass(frozen=True, slots=True, order=True)
class MetricKey:
    """A metric: namespace, name, and dimensions in order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """The key of a metric with these dimensions."""
    return MetricKey(namespace, name, tuple(sorted(dimensions.items())))


class MetricStore:
    """Summaries by metric and time; may be used by several threads."""

    def __init__(self, *, resolution: float = 60.0, bound: int = BOUND) -> None:
        """`resolution`: seconds of a summary; `bound`: how many of them are kept."""
        self.resolution = resolution
        self._bound = bound
        self._dropped = 0
        self._summaries: dict[MetricKey, dict[int, Summary]] = {}
        self._units: dict[MetricKey, str] = {}
        self._order: deque[tuple[MetricKey, int]] = deque()
        self._lock = threading.Lock()

    def put(self, key: MetricKey, value: float, at: float, *, count: float = 1, unit: str = "None") -> None:
        """Count a value, measured at a time in seconds since the epoch."""
        with self._lock:
            self._summary(key, at, unit).add(value, count)

    def put_statistics(
        self,
        key: MetricKey,
        at: float,
        *,
        count: float,
        total: float,
        minimum: float,
        maximum: float,
        unit: str = "None",
    ) -> None:
        """Count values of which only the statistics are known."""
        with self._lock:
            self._summary(key, at, unit).add_statistics(
                count=count, total=total, minimum=minimum, maximum=maximum
            )

    def over(self, key: MetricKey, start: float, end: float, *, percentiles: bool = True) -> Summary | None:
        """What was measured from `start` until before `end`; None if nothing was.

        Without `percentiles` only the exact statistics are to be had, which is much less work.
        """
        first, last = self._number(start), self._number(end)
        merged: Summary | None = None
        with self._lock:
            kept = self._summaries.get(key)
            if not kept:
                return None
            numbers: Iterable[int] = range(first, last)
            if len(kept) < last - first:
                numbers = (number for number in kept if first <= number < last)
            for number in numbers:
                found = kept.get(number)
                if found is not None:
                    merged = merged or Summary()
                    merged.merge(found, bins=percentiles)
        return merged

    def metrics(self) -> dict[MetricKey, str]:
        """Every metric that something is kept of, with its unit."""
        with self._lock:
            return {key: self._units[key] for key, kept in self._summaries.items() if kept}

    def document(self) -> dict[str, int]:
        """For the status document: how many summaries are held, at most may be, and have gone."""
        with self._lock:
            return {"bound": self._bound, "held": len(self._order), "dropped": self._dropped}

    def _summary(self, key: MetricKey, at: float, unit: str) -> Summary:
        number = self._number(at)
        kept = self._summaries.setdefault(key, {})
        self._units[key] = unit
        found = kept.get(number)
        if found is None:
            found = kept[number] = Summary()
            self._order.append((key, number))
            while len(self._order) > self._bound:
                oldest, when = self._order.popleft()
                self._summaries[oldest].pop(when, None)
                self._dropped += 1
        return found

    def _number(self, at: float) -> int:
        return math.floor(at / self.resolution + 1e-6)
