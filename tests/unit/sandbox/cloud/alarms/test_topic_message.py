"""What a topic is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sandbox.cloud.alarms.definitions import Alarm, AlarmState, AlarmVerdict
from sandbox.cloud.alarms.round import Told
from sandbox.cloud.alarms.topic_message import TopicMessage, topic_message
from tests.support.cloudwatch.alarms import composite_alarm, metric_alarm


def _message(alarm: Alarm) -> TopicMessage:
    told = Told(
        name=alarm.name,
        old=AlarmState.OK,
        verdict=AlarmVerdict(state=AlarmState.ALARM, reason="why"),
        topics=("t",),
    )
    return topic_message(
        alarm,
        told,
        description="what",
        arn="arn",
        account="1",
        region="us-east-1",
        at=datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
    )


def test_it_has_aws_s_members() -> None:
    """Whoever reads messages of AWS reads these."""
    body = json.loads(_message(metric_alarm("a")).body)
    assert body | {"Trigger": None} == {
        "AlarmName": "a",
        "AlarmDescription": "what",
        "AWSAccountId": "1",
        "AlarmArn": "arn",
        "Region": "us-east-1",
        "NewStateValue": "ALARM",
        "NewStateReason": "why",
        "OldStateValue": "OK",
        "StateChangeTime": "2026-01-02T03:04:05.678+0000",
        "Trigger": None,
    }
    assert body["Trigger"]["Metrics"][1]["MetricName"] == "m"


def test_a_composite_alarm_says_its_rule() -> None:
    """It has no trigger."""
    body = json.loads(_message(composite_alarm("a", "ALARM(b)")).body)
    assert body["AlarmRule"] == "ALARM(b)"
    assert "Trigger" not in body


def test_a_subject_fits() -> None:
    """SNS takes a hundred characters."""
    assert _message(metric_alarm("a")).subject == 'ALARM: "a" in us-east-1'
    assert len(_message(metric_alarm("a" * 200)).subject) == 100
