"""Alarms as values, and the state that each is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sandbox.cloud.metrics.store import MetricKey


class AlarmState(StrEnum):
    """The three states of CloudWatch."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """What a period without data counts as."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A statistic of a metric."""

    key: MetricKey
    statistic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The topics that hear of each state; none while they are not enabled."""

    topics: Mapping[AlarmState, tuple[str, ...]]
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarm:
    """A metric alarm: `datapoints` of `periods` beyond the threshold.

    `measures` are by the ids that `expression` names; without an expression there is one. `period` is in
    seconds.
    """

    name: str
    measures: Mapping[str, Measure]
    expression: str | None
    period: int
    periods: int
    datapoints: int
    threshold: float
    comparison: str
    missing: MissingData = MissingData.MISSING
    actions: Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeAlarm:
    """An alarm over alarms; while `suppressor` is red its actions wait. Both periods are in seconds."""

    name: str
    rule: str
    suppressor: str | None = None
    wait: float = 0
    extension: float = 0
    actions: Actions


Alarm = MetricAlarm | CompositeAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmVerdict:
    """A state, and the reason for it in words."""

    state: AlarmState
    reason: str
