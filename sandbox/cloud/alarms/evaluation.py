"""The state of a metric alarm, from the values of its last periods. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
Where the page says nothing, this does: with missing data as missing, and nothing but breaching values that
are too young to turn the alarm red (`- - - - X`, 3 of 3), the state stays as it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from sandbox.cloud.alarms.definitions import AlarmState, AlarmVerdict, MetricAlarm, MissingData

EXTRA_PERIODS = 2
"""Periods before those of the alarm that are looked at if some have no value, as in AWS's examples."""
_LONG_PERIOD = 3600
"""Seconds from which on none is: AWS says that the length of a period decides how many, and not how."""

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
COMPARISONS = frozenset(_COMPARISONS)
"""The comparisons that are played; those with an anomaly band are not."""
_WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


def extra_periods(period: int) -> int:
    """How many periods of this length, in seconds, are looked at before those of the alarm."""
    return EXTRA_PERIODS if period < _LONG_PERIOD else 0


def evaluate(alarm: MetricAlarm, values: Sequence[float | None], current: AlarmState) -> AlarmVerdict:
    """The state that follows from the values of the evaluation range, the newest last."""
    compare = _COMPARISONS[alarm.comparison]
    breaches = [None if value is None else compare(value, alarm.threshold) for value in values]
    state = state_of(
        breaches, periods=alarm.periods, datapoints=alarm.datapoints, missing=alarm.missing, current=current
    )
    return AlarmVerdict(state=state, reason=_reason(alarm, values, state))


def state_of(
    breaches: Sequence[bool | None],
    *,
    periods: int,
    datapoints: int,
    missing: MissingData,
    current: AlarmState,
) -> AlarmState:
    """The state of an alarm on `datapoints` of `periods`; None is a period without a value."""
    real = [each for each in breaches if each is not None][-periods:]
    filled = periods - len(real)
    breaching = sum(real)
    if missing is MissingData.BREACHING:
        breaching += filled
    if breaching >= datapoints:
        return AlarmState.ALARM
    if not filled or missing in (MissingData.BREACHING, MissingData.NOT_BREACHING) or False in real:
        return AlarmState.OK
    if missing is MissingData.IGNORE:
        return current
    if not real:
        return AlarmState.INSUFFICIENT_DATA
    oldest = len(breaches) - list(breaches).index(True)
    return AlarmState.ALARM if oldest >= datapoints else current


def _reason(alarm: MetricAlarm, values: Sequence[float | None], state: AlarmState) -> str:
    recent = [value for value in values if value is not None][-alarm.periods :]
    if not recent:
        treated = (
            f", and missing data counts as {alarm.missing}"
            if alarm.missing is not MissingData.MISSING
            else ""
        )
        return f"Threshold Crossed: no datapoints were received for {len(values)} periods{treated}"
    shown = ", ".join(f"{value:.6g}" for value in recent)
    verb = "was" if len(recent) == 1 else "were"
    negation = "" if state is AlarmState.ALARM else "not "
    return (
        f"Threshold Crossed: {alarm.datapoints} out of the last {alarm.periods} datapoints [{shown}] {verb} "
        f"{negation}{_WORDS[alarm.comparison]} the threshold ({alarm.threshold:g})"
    )
