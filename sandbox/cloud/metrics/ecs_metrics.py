"""The metrics that ECS publishes of services, a sample of each running task a minute.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
`CPUUtilization` is of a whole core: a process here is not held to what its task reserves. `MemoryUtilization`
is of the memory that the task reserves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from sandbox.cloud.metrics.store import MetricStore, metric_key

NAMESPACE = "AWS/ECS"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUsage:
    """What a process has used so far: CPU time in seconds, and memory in bytes now."""

    cpu_seconds: float
    memory_bytes: int


class MeasuresProcess(Protocol):
    """Tells what processes use."""

    def __call__(self, pid: int, /) -> ProcessUsage | None:
        """The usage of a process; None when it has gone."""
        ...


def process_usage(pid: int) -> ProcessUsage | None:
    """What a process of this machine uses."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return ProcessUsage(cpu_seconds=times.user + times.system, memory_bytes=process.memory_info().rss)
    except psutil.Error:
        return None


class EcsMetrics:
    """Publishes samples for each minute that has begun since the last time."""

    def __init__(
        self,
        store: MetricStore,
        services: Callable[[], Iterable[Mapping[str, Any]]],
        *,
        usage: MeasuresProcess = process_usage,
    ) -> None:
        """`services` gives the entries of the status document; a minute is what `store` keeps apart."""
        self._store = store
        self._services = services
        self._usage = usage
        self._published: int | None = None
        self._before: dict[int, tuple[float, float]] = {}

    def publish(self, now: float) -> None:
        """Publish what has become due at `now`, in seconds since the epoch.

        A round that comes late publishes for the minutes that it missed: their samples are those of now.
        """
        length = self._store.resolution
        current = int(now // length)
        first = current if self._published is None else self._published + 1
        if first > current:
            return
        seen: dict[int, tuple[float, float]] = {}
        for service in self._services():
            dimensions = {"ClusterName": str(service["cluster"]), "ServiceName": str(service["name"])}
            for task in service["tasks"]:
                self._sample(task, dimensions, range(first, current + 1), now, seen)
        self._before = seen
        self._published = current

    def _sample(
        self,
        task: Mapping[str, Any],
        dimensions: Mapping[str, str],
        minutes: range,
        now: float,
        seen: dict[int, tuple[float, float]],
    ) -> None:
        pid = task["pid"]
        used = self._usage(pid) if pid is not None and task["health"] != "DRAINING" else None
        if used is None:
            return
        seen[pid] = now, used.cpu_seconds
        at, cpu = self._before.get(pid, (now, used.cpu_seconds))
        samples = {
            "CPUUtilization": min(100.0, 100 * (used.cpu_seconds - cpu) / (now - at)) if now > at else 0.0
        }
        if task["memory_mib"]:
            samples["MemoryUtilization"] = 100 * used.memory_bytes / (task["memory_mib"] * _MIB)
        for name, value in samples.items():
            key = metric_key(NAMESPACE, name, dimensions)
            for minute in minutes:
                self._store.put(key, value, minute * self._store.resolution, unit="Percent")
