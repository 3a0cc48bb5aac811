"""What ECS publishes of services."""

from __future__ import annotations

import os
from typing import Any

from sandbox.cloud.metrics.ecs_metrics import EcsMetrics, ProcessUsage, process_usage
from sandbox.cloud.metrics.store import MetricStore, metric_key

DIMENSIONS = {"ClusterName": "dev", "ServiceName": "axon"}
CPU, MEMORY = (metric_key("AWS/ECS", name, DIMENSIONS) for name in ("CPUUtilization", "MemoryUtilization"))


def _task(pid: int | None, health: str = "HEALTHY", memory: int = 512) -> dict[str, Any]:
    return {"pid": pid, "health": health, "memory_mib": memory}


def _service(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"cluster": "dev", "name": "axon", "tasks": list(tasks)}


def _statistic(store: MetricStore, key: Any, name: str, start: float = 0, end: float = 600) -> float | None:
    found = store.over(key, start, end)
    return found.statistic(name) if found else None


def test_each_running_task_gives_a_sample_a_minute() -> None:
    """OBS-1: so their number is the count of samples; one that starts, drains or has gone gives none."""
    store = MetricStore()
    tasks = [_task(1), _task(2), _task(3, "DRAINING"), _task(None, "STARTING"), _task(4)]
    usages = {pid: ProcessUsage(cpu_seconds=0, memory_bytes=256 * 1024 * 1024) for pid in (1, 2, 3)}
    metrics = EcsMetrics(store, lambda: [_service(*tasks)], usage=usages.get)
    for now in (10, 20, 70):
        metrics.publish(now)
    assert [_statistic(store, CPU, "SampleCount", at, at + 60) for at in (0, 60, 120)] == [2, 2, None]
    assert _statistic(store, MEMORY, "Average") == 50


def test_a_late_round_leaves_no_minute_without_samples() -> None:
    """A machine that stalls is no service that is down."""
    store = MetricStore()
    metrics = EcsMetrics(
        store, lambda: [_service(_task(1))], usage=lambda _: ProcessUsage(cpu_seconds=0, memory_bytes=0)
    )
    metrics.publish(10)
    metrics.publish(250)
    assert [_statistic(store, CPU, "SampleCount", at, at + 60) for at in range(0, 300, 60)] == [1] * 5


def test_cpu_is_the_share_of_a_core_since_the_last_sample() -> None:
    """Not above all of it, and nothing is known with the first sample."""
    store, used = MetricStore(), {"seconds": 100.0}
    metrics = EcsMetrics(
        store,
        lambda: [_service(_task(1, memory=0))],
        usage=lambda _: ProcessUsage(cpu_seconds=used["seconds"], memory_bytes=1),
    )
    for now, seconds in ((0, 100.0), (60, 130.0), (120, 500.0)):
        used["seconds"] = seconds
        metrics.publish(now)
    assert [_statistic(store, CPU, "Maximum", at, at + 60) for at in (0, 60, 120)] == [0, 50, 100]
    assert _statistic(store, MEMORY, "Average") is None


def test_a_process_of_this_machine_is_measured() -> None:
    """One that has gone uses nothing."""
    used = process_usage(os.getpid())
    assert used is not None
    assert used.memory_bytes > 1024 * 1024
    assert process_usage(2**22 + 1) is None
