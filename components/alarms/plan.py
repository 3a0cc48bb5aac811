"""Alarms as values: what CloudWatch is told of each, and what a reader is told.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MissingTreatment(StrEnum):
    """What an alarm takes a period without data for."""

    IGNORE = "ignore"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMetric:
    """A statistic of a CloudWatch metric, by the id that an expression has for it."""

    id: str
    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarmPlan:
    """A metric alarm: the expression over its measures is beyond the threshold in `datapoints` of `periods`.

    `kind` is the last part of its name; `meaning` and `advice` are for whoever is woken by it. It has no
    actions: the composite alarm over it has.
    """

    kind: str
    name: str
    meaning: str
    advice: str
    measures: tuple[WatchedMetric, ...]
    expression: str
    threshold: float
    above: bool = True
    """Whether it is red above the threshold; else below."""
    period: int = 60
    """Seconds; the periods of an alarm are a day at most."""
    periods: int = 3
    datapoints: int = 2
    missing: MissingTreatment = MissingTreatment.NOT_BREACHING

    @property
    def comparison(self) -> str:
        """The comparison in CloudWatch's words."""
        return "GreaterThanThreshold" if self.above else "LessThanThreshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressor:
    """While this alarm is red, the actions of another one wait; both periods are seconds."""

    alarm: str
    wait: int
    """How long actions wait for the suppressor to turn red."""
    extension: int
    """How long they still wait once it is red no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeAlarmPlan:
    """An alarm over alarms; `notifies` are those that the topic hears of."""

    kind: str
    name: str
    meaning: str
    advice: str
    rule: str
    notifies: bool = False
    suppressor: Suppressor | None = None


AlarmPlan = MetricAlarmPlan | CompositeAlarmPlan


def red(name: str) -> str:
    """The term of a rule that is true while an alarm is red."""
    return f'ALARM("{name}")'


def any_red(*names: str) -> str:
    """The rule that is true while any of some alarms is red."""
    return " OR ".join(red(name) for name in names)
