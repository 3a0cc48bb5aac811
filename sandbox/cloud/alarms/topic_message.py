"""The message that a topic gets when an alarm changes its state. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sandbox.cloud.alarms.definitions import Alarm, CompositeAlarm, MetricAlarm
from sandbox.cloud.alarms.round import Told

_MAX_SUBJECT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMessage:
    """Subject and body of a message."""

    subject: str
    body: str


def topic_message(
    alarm: Alarm, told: Told, *, description: str, arn: str, account: str, region: str, at: datetime
) -> TopicMessage:
    """What is said of a change."""
    state = told.verdict.state
    document: dict[str, object] = {
        "AlarmName": alarm.name,
        "AlarmDescription": description,
        "AWSAccountId": account,
        "AlarmArn": arn,
        "Region": region,
        "NewStateValue": state.value,
        "NewStateReason": told.verdict.reason,
        "OldStateValue": told.old.value,
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000",
    }
    if isinstance(alarm, CompositeAlarm):
        document["AlarmRule"] = alarm.rule
    else:
        document["Trigger"] = _trigger(alarm)
    subject = f'{state.value}: "{alarm.name}" in {region}'
    return TopicMessage(subject=subject[:_MAX_SUBJECT], body=json.dumps(document))


def _trigger(alarm: MetricAlarm) -> dict[str, object]:
    return {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing.value,
        "Metrics": [
            {"Expression": alarm.expression} if alarm.expression else {},
            *(
                {
                    "Id": name,
                    "Namespace": measure.key.namespace,
                    "MetricName": measure.key.name,
                    "Dimensions": dict(measure.key.dimensions),
                    "Stat": measure.statistic,
                }
                for name, measure in alarm.measures.items()
            ),
        ],
    }
