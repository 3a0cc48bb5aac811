"""The values of an alarm's periods."""

from __future__ import annotations

from sandbox.cloud.alarms.datapoints import alarm_values
from sandbox.cloud.alarms.definitions import Measure
from sandbox.cloud.metrics.store import MetricStore, metric_key
from tests.support.cloudwatch.alarms import KEY, metric_alarm

OTHER = metric_key("n", "other", {})


def _store(resolution: float = 60) -> MetricStore:
    store = MetricStore(resolution=resolution)
    for minute in range(5):
        store.put(KEY, minute, minute * resolution)
    return store


def test_the_newest_period_is_last_and_ends_at_the_moment() -> None:
    """Three periods and two before them."""
    assert alarm_values(metric_alarm(), _store(), 300) == [0, 1, 2, 3, 4]
    assert alarm_values(metric_alarm(), _store(), 360) == [1, 2, 3, 4, None]


def test_periods_are_shorter_where_time_runs_faster() -> None:
    """A minute of a second: the same values."""
    assert alarm_values(metric_alarm(), _store(1.0), 5, time_scale=60) == [0, 1, 2, 3, 4]


def test_an_expression_is_over_the_statistics_of_each_period() -> None:
    """A long period has all of its minutes."""
    store = _store()
    store.put(OTHER, 10, 0)
    measures = {"a": Measure(key=KEY, statistic="Maximum"), "b": Measure(key=OTHER, statistic="p50")}
    alarm = metric_alarm(measures=measures, expression="a + FILL(b, 1)", period=120, periods=1, datapoints=1)
    assert [round(value or 0, 1) for value in alarm_values(alarm, store, 240)] == [0, 11, 4]
