"""CloudWatch metrics in embedded metric format: a log line that carries numbers, no call to CloudWatch in a
request.

Format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
CloudWatch Logs extracts the numbers. The dimensions are the environment and the service, and what a metric
adds to them: values of which there are few, as each combination is a metric of its own that is paid for.
Everything else on the line is a property to query.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.runtime.telemetry import logs

NAMESPACE = "Myelin"
"""The CloudWatch namespace of all services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measurement: a CloudWatch metric name, its value and CloudWatch unit.

    `dimensions` are added to those of the service; a dimension has one value in a log line.
    """

    name: str
    value: float
    unit: Literal["Count", "Milliseconds"] = "Count"
    dimensions: Mapping[str, str] = field(default_factory=dict)


def embedded(metrics: Sequence[Metric], *, dimensions: dict[str, str], timestamp_ms: int) -> dict[str, Any]:
    """The members of an embedded-metric-format line for `metrics`: `_aws`, the dimensions and the values.

    Metrics with the same dimensions share a metric directive.
    """
    members: dict[str, Any] = dict(dimensions)
    definitions: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for metric in metrics:
        names = (*dimensions, *metric.dimensions)
        definitions.setdefault(names, []).append({"Name": metric.name, "Unit": metric.unit})
        # CloudWatch takes numbers alone, and True would be written as `true`
        value = int(metric.value) if isinstance(metric.value, bool) else metric.value
        members |= {**metric.dimensions, metric.name: value}
    directives = [
        {"Namespace": NAMESPACE, "Dimensions": [list(names)], "Metrics": defined}
        for names, defined in definitions.items()
    ]
    return {"_aws": {"Timestamp": timestamp_ms, "CloudWatchMetrics": directives}, **members}


class Metrics:
    """Writes log lines that carry metrics of one service in one environment."""

    def __init__(
        self, *, service: str, environment: str, epoch_seconds: Callable[[], float] = time.time
    ) -> None:
        """Keep the dimensions; `epoch_seconds` is the clock of the metrics' timestamps."""
        self._dimensions = {"environment": environment, "service": service}
        self._epoch_seconds = epoch_seconds
        self._log = logs.get_metric_logger()

    def log(self, message: str, metrics: Sequence[Metric], **fields: Any) -> None:
        """Write `message` with `fields` as a log line that carries `metrics`, at any LOG_LEVEL."""
        if metrics:
            stamp = int(self._epoch_seconds() * 1000)
            fields |= embedded(metrics, dimensions=self._dimensions, timestamp_ms=stamp)
        self._log.info(message, **fields)
