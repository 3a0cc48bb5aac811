"""Alarms as values."""

from __future__ import annotations

from sandbox.cloud.alarms.definitions import AlarmState, MissingData


def test_states_and_treatments_have_cloudwatch_s_words() -> None:
    """They are what DescribeAlarms answers and PutMetricAlarm takes."""
    assert [state.value for state in AlarmState] == ["OK", "ALARM", "INSUFFICIENT_DATA"]
    assert [each.value for each in MissingData] == ["missing", "ignore", "breaching", "notBreaching"]
