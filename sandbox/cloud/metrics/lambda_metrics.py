"""The metrics that Lambda publishes of each invocation.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
An invocation counts in `Errors` with 0 or 1, so that a share can be told; what is throttled is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.cloud.metrics.store import MetricStore, metric_key

NAMESPACE = "AWS/Lambda"


class LambdaMetrics:
    """Counts invocations of functions; may be used by several threads."""

    def __init__(self, store: MetricStore, *, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since the epoch."""
        self._store = store
        self._clock = clock

    def invoked(self, function: str, *, seconds: float, failed: bool) -> None:
        """An invocation has ended after so long."""
        self._put(function, "Invocations", 1, "Count")
        self._put(function, "Errors", int(failed), "Count")
        self._put(function, "Throttles", 0, "Count")
        self._put(function, "Duration", 1000 * seconds, "Milliseconds")

    def throttled(self, function: str) -> None:
        """An invocation was refused, as too many were under way."""
        self._put(function, "Throttles", 1, "Count")

    def _put(self, function: str, metric: str, value: float, unit: str) -> None:
        key = metric_key(NAMESPACE, metric, {"FunctionName": function})
        self._store.put(key, value, self._clock(), unit=unit)
