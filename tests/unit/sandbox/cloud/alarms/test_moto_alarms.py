"""What moto lacks of alarms, through AWS's API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.alarms import moto_alarms
from sandbox.cloud.alarms.definitions import (
    AlarmState,
    AlarmVerdict,
    CompositeAlarm,
    MetricAlarm,
    MissingData,
)
from sandbox.cloud.emulator.emulator import ACCOUNT
from tests.support.cloudwatch.alarms import TOPIC
from tests.support.cloudwatch.emulated import emulated_cloudwatch

REGION = "us-east-1"
PLAIN: dict[str, Any] = {
    "AlarmName": "plain",
    "Namespace": "n",
    "MetricName": "m",
    "Dimensions": [{"Name": "d", "Value": "v"}],
    "ExtendedStatistic": "p99",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 1.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "ignore",
    "AlarmActions": [TOPIC, "arn:aws:autoscaling:us-east-1:1:scalingPolicy:x"],
}
COMPOSITE: dict[str, Any] = {
    "AlarmName": "whole",
    "AlarmRule": "ALARM(plain)",
    "ActionsSuppressor": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:other",
    "ActionsSuppressorWaitPeriod": 120,
    "ActionsSuppressorExtensionPeriod": 180,
    "OKActions": [TOPIC],
}


def _math(**changes: Any) -> dict[str, Any]:
    metric = {"Namespace": "n", "MetricName": "m", "Dimensions": []}
    queries = [
        {"Id": "e", "Expression": changes.pop("expression", "100 * a")},
        {"Id": "a", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
        *changes.pop("more", []),
    ]
    given = {name: value for name, value in PLAIN.items() if name in (
        "Threshold", "ComparisonOperator", "EvaluationPeriods")}  # fmt: skip
    return {**given, "AlarmName": "math", "Metrics": queries, **changes}


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with emulated_cloudwatch() as made:
        yield made


def _read() -> dict[str, moto_alarms.KeptAlarm]:
    return {one.alarm.name: one for one in moto_alarms.read_alarms(ACCOUNT, REGION)}


def test_alarms_are_read_as_values(cloudwatch: Any) -> None:
    """One metric, an expression over metrics, and a rule; only topics are told."""
    cloudwatch.put_metric_alarm(**PLAIN)
    cloudwatch.put_metric_alarm(**_math())
    cloudwatch.put_composite_alarm(**COMPOSITE)
    found = {name: one.alarm for name, one in _read().items()}
    plain, whole, math = found["plain"], found["whole"], found["math"]
    assert isinstance(plain, MetricAlarm)
    assert (plain.datapoints, plain.periods, plain.threshold, plain.missing) == (
        2,
        3,
        1.5,
        MissingData.IGNORE,
    )
    assert plain.measures["m"].statistic == "p99"
    assert plain.actions.topics[AlarmState.ALARM] == (TOPIC,)
    assert isinstance(math, MetricAlarm)
    assert (math.expression, math.period, math.datapoints, list(math.measures)) == ("100 * a", 300, 3, ["a"])
    assert isinstance(whole, CompositeAlarm)
    assert (whole.rule, whole.suppressor, whole.wait, whole.extension) == ("ALARM(plain)", "other", 120, 180)


def test_an_alarm_begins_without_enough_data_and_keeps_its_state(cloudwatch: Any) -> None:
    """AWS's first state; putting an alarm again evaluates nothing by itself."""
    cloudwatch.put_metric_alarm(**PLAIN)
    cloudwatch.put_composite_alarm(**COMPOSITE)
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert _read()["plain"].verdict.state is AlarmState.INSUFFICIENT_DATA
    moto_alarms.write_states(
        ACCOUNT,
        REGION,
        [
            ("plain", AlarmVerdict(state=AlarmState.ALARM, reason="why")),
            ("gone", AlarmVerdict(state=AlarmState.OK, reason="")),
        ],
        {"whole": "WaitPeriod"},
        at,
    )
    cloudwatch.put_metric_alarm(**PLAIN | {"Threshold": 9})
    answer = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (plain,), (whole,) = answer["MetricAlarms"], answer["CompositeAlarms"]
    assert (plain["StateValue"], plain["StateReason"], plain["Threshold"]) == ("ALARM", "why", 9)
    assert plain["StateTransitionedTimestamp"] == at
    assert whole["AlarmRule"] == "ALARM(plain)"
    assert whole["ActionsSuppressedBy"] == "WaitPeriod"
    assert whole["ActionsSuppressorWaitPeriod"] == 120


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (PLAIN | {"ComparisonOperator": "GreaterThanUpperThreshold"}, "comparison"),
        (PLAIN | {"ExtendedStatistic": "p999x"}, "no statistic"),
        (_math(expression="SEARCH('x', 'Sum')"), "does not evaluate"),
        (_math(expression="100 * b"), "no metric of the alarm: b"),
        (_math(more=[{"Id": "second", "Expression": "a"}]), "one expression"),
    ],
)
def test_what_would_never_be_evaluated_is_refused(cloudwatch: Any, given: dict[str, Any], said: str) -> None:
    """An alarm that is never red is worse than none; the one before stays."""
    before = {**PLAIN, "AlarmName": given["AlarmName"]}
    cloudwatch.put_metric_alarm(**before)
    with pytest.raises(ClientError, match=said):
        cloudwatch.put_metric_alarm(**given)
    (kept,) = cloudwatch.describe_alarms(AlarmNames=[given["AlarmName"]])["MetricAlarms"]
    assert kept["ComparisonOperator"] == PLAIN["ComparisonOperator"]


def test_a_rule_that_cannot_be_read_is_refused(cloudwatch: Any) -> None:
    """And makes no alarm."""
    with pytest.raises(ClientError, match="the rule ends"):
        cloudwatch.put_composite_alarm(**COMPOSITE | {"AlarmRule": "ALARM(a) OR"})
    assert _read() == {}
