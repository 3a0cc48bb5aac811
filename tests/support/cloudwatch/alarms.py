"""Alarms for tests, each with what a test does not speak of already said."""

from __future__ import annotations

from typing import Any

from sandbox.cloud.alarms.definitions import Actions, AlarmState, CompositeAlarm, Measure, MetricAlarm
from sandbox.cloud.metrics.store import metric_key

KEY = metric_key("n", "m", {"d": "v"})
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
TELLING = Actions(topics={AlarmState.ALARM: (TOPIC,), AlarmState.OK: (TOPIC,)})
SILENT = Actions(topics={})


def metric_alarm(name: str = "alarm", **changes: Any) -> MetricAlarm:
    """An alarm on the sum of one metric: above 0 in three of three minutes."""
    given: dict[str, Any] = {
        "measures": {"m": Measure(key=KEY, statistic="Sum")},
        "expression": None,
        "period": 60,
        "periods": 3,
        "datapoints": 3,
        "threshold": 0.0,
        "comparison": "GreaterThanThreshold",
        "actions": SILENT,
    }
    return MetricAlarm(name=name, **(given | changes))


def composite_alarm(name: str, rule: str, **changes: Any) -> CompositeAlarm:
    """An alarm over alarms that tells the topic."""
    return CompositeAlarm(name=name, rule=rule, **({"actions": TELLING} | changes))
