"""The values of an alarm's periods, from the metrics that are kept. Pure."""

from __future__ import annotations

from sandbox.cloud.alarms.definitions import Measure, MetricAlarm
from sandbox.cloud.alarms.evaluation import extra_periods
from sandbox.cloud.metrics.expressions import parse_expression
from sandbox.cloud.metrics.store import MetricStore


def alarm_values(
    alarm: MetricAlarm, store: MetricStore, end: float, *, time_scale: float = 1.0
) -> list[float | None]:
    """The values of the evaluation range that ends at `end`, the newest last.

    Periods are shorter by `time_scale`, where the sandbox's time runs faster.
    """
    length = alarm.period / time_scale
    count = alarm.periods + extra_periods(alarm.period)
    found = {
        name: [
            _statistic(store, measure, end - (back + 1) * length, end - back * length)
            for back in reversed(range(count))
        ]
        for name, measure in alarm.measures.items()
    }
    if alarm.expression is None:
        (values,) = found.values()
        return values
    return parse_expression(alarm.expression).evaluate(found)


def _statistic(store: MetricStore, measure: Measure, start: float, end: float) -> float | None:
    kept = store.over(measure.key, start, end, percentiles=measure.statistic.startswith("p"))
    return None if kept is None else kept.statistic(measure.statistic)
