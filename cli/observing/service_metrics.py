"""What CloudWatch knows of a service in a stretch of time: totals, percentiles, and a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.observing.time_window import TimeWindow
from components.alarms.signals import ECS_DIMENSIONS, OWN_NAMESPACE, own_dimensions

_ECS = "AWS/ECS"
_MOST_QUERIES = 500
"""What GetMetricData answers in one call."""


@dataclass(frozen=True, slots=True)
class _Asked:
    namespace: str
    metric: str
    statistic: str


ASKED: Mapping[str, _Asked] = {
    "requests": _Asked(OWN_NAMESPACE, "Requests", "Sum"),
    "errors": _Asked(OWN_NAMESPACE, "RequestErrors", "Sum"),
    "p50": _Asked(OWN_NAMESPACE, "RequestLatency", "p50"),
    "p95": _Asked(OWN_NAMESPACE, "RequestLatency", "p95"),
    "p99": _Asked(OWN_NAMESPACE, "RequestLatency", "p99"),
    "decisions": _Asked(OWN_NAMESPACE, "Decisions", "Sum"),
    "denials": _Asked(OWN_NAMESPACE, "Denials", "Sum"),
    "governance_p99": _Asked(OWN_NAMESPACE, "GovernanceLatency", "p99"),
    "calls_not_made": _Asked(OWN_NAMESPACE, "CallsNotMade", "Sum"),
    "cpu": _Asked(_ECS, "CPUUtilization", "Average"),
    "cpu_max": _Asked(_ECS, "CPUUtilization", "Maximum"),
    "memory": _Asked(_ECS, "MemoryUtilization", "Average"),
    "memory_max": _Asked(_ECS, "MemoryUtilization", "Maximum"),
}
"""What is asked of each service, by the name that the answer has for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMetrics:
    """Values over the whole window, and by its bars; a name without a value was not measured."""

    service: str
    seconds: int
    whole: Mapping[str, float]
    rows: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    def total(self, name: str) -> float:
        """A sum; nothing counted is 0."""
        return self.whole.get(name, 0)

    @property
    def rate(self) -> float:
        """Requests in a second."""
        return self.total("requests") / self.seconds

    @property
    def error_percent(self) -> float | None:
        """Of the requests; None without one."""
        return _percent(self.total("errors"), self.total("requests"))

    @property
    def denied_percent(self) -> float | None:
        """Of the decisions; None without one."""
        return _percent(self.total("denials"), self.total("decisions"))


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def read_metrics(
    client: Any,
    *,
    environment: str,
    services: Sequence[str],
    window: TimeWindow,
    asked: Mapping[str, _Asked] = ASKED,
) -> tuple[ServiceMetrics, ...]:
    """Ask CloudWatch for the metrics of services."""
    found: dict[str, dict[str, list[float | None]]] = {}
    for period in (window.seconds, window.period):
        for name, answer in _answers(client, environment, services, window, period, asked):
            kept = found.setdefault(name, {})
            bars = TimeWindow(start=window.start, end=window.end, period=period)
            row: list[float | None] = [None] * bars.bars
            for moment, value in zip(answer["Timestamps"], answer["Values"], strict=True):
                row[bars.index(moment)] = float(value)
            kept["whole" if period == window.seconds else "row"] = row
    return tuple(
        _of_service(service, number, window, found, asked) for number, service in enumerate(services)
    )


def _of_service(
    service: str,
    number: int,
    window: TimeWindow,
    found: Mapping[str, Mapping[str, list[float | None]]],
    asked: Mapping[str, _Asked],
) -> ServiceMetrics:
    whole: dict[str, float] = {}
    rows: dict[str, Sequence[float | None]] = {}
    for name in asked:
        kept = found.get(f"{name}_{number}", {})
        [value] = kept.get("whole", [None])
        if value is not None:
            whole[name] = value
            # a window of one bar is its own row
            rows[name] = kept.get("row", [value])
    return ServiceMetrics(service=service, seconds=window.seconds, whole=whole, rows=rows)


def _answers(
    client: Any,
    environment: str,
    services: Sequence[str],
    window: TimeWindow,
    period: int,
    asked: Mapping[str, _Asked],
) -> Iterator[tuple[str, Any]]:
    queries = [
        _query(f"{name}_{number}", one, environment, service, period)
        for number, service in enumerate(services)
        for name, one in asked.items()
    ]
    start, end = window.moments
    for first in range(0, len(queries), _MOST_QUERIES):
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries[first : first + _MOST_QUERIES],
            StartTime=start,
            EndTime=end,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                yield str(result["Id"]), result


def _query(name: str, one: _Asked, environment: str, service: str, period: int) -> dict[str, Any]:
    dimensions = (
        dict(zip(ECS_DIMENSIONS, (environment, service), strict=True))
        if one.namespace == _ECS
        else own_dimensions(environment, service)
    )
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": one.namespace,
                "MetricName": one.metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": period,
            "Stat": one.statistic,
        },
    }
