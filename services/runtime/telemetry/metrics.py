"""CloudWatch metrics in embedded metric format: a log line that carries numbers, no call to CloudWatch in a
request.

Format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
CloudWatch Logs extracts the numbers; the dimensions are the environment and the service, so that their number
stays bounded; everything else on the line is a property to query.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.runtime.telemetry import logs

NAMESPACE = "Myelin"
"""The CloudWatch namespace of all services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measurement: a CloudWatch metric name, its value and CloudWatch unit."""

    name: str
    value: float
    unit: Literal["Count", "Milliseconds"] = "Count"


def embedded(metrics: Sequence[Metric], *, dimensions: dict[str, str], timestamp_ms: int) -> dict[str, Any]:
    """The members of an embedded-metric-format line for `metrics`: `_aws`, the dimensions and the values."""
    definitions = [{"Name": metric.name, "Unit": metric.unit} for metric in metrics]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": definitions}
    return {
        "_aws": {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]},
        **dimensions,
        **{metric.name: metric.value for metric in metrics},
    }


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
        """Write `message` with `fields` as a log line that carries `metrics`, whatever LOG_LEVEL is."""
        if metrics:
            stamp = int(self._epoch_seconds() * 1000)
            fields |= embedded(metrics, dimensions=self._dimensions, timestamp_ms=stamp)
        self._log.info(message, **fields)
