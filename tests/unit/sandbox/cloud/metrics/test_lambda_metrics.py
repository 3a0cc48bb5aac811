"""What Lambda publishes of invocations. OBS-3"""

from __future__ import annotations

from sandbox.cloud.metrics.lambda_metrics import NAMESPACE, LambdaMetrics
from sandbox.cloud.metrics.store import MetricStore, metric_key


def _total(store: MetricStore, metric: str) -> tuple[float, float] | None:
    found = store.over(metric_key(NAMESPACE, metric, {"FunctionName": "f"}), 0, 60)
    return (found.count, round(found.total, 6)) if found else None


def test_each_invocation_counts_and_what_was_throttled_is_none() -> None:
    """Errors have a 0 of each that went well; the alarm on throttles sees each that was refused."""
    store = MetricStore()
    metrics = LambdaMetrics(store, clock=lambda: 30.0)
    metrics.invoked("f", seconds=0.2, failed=False)
    metrics.invoked("f", seconds=0.4, failed=True)
    metrics.throttled("f")
    assert _total(store, "Invocations") == (2, 2)
    assert _total(store, "Errors") == (2, 1)
    assert _total(store, "Throttles") == (3, 1)
    assert _total(store, "Duration") == (2, 600)
