"""Topics and alarms."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.resources import alerts
from tests.support.provider.world import Walk, World, tags_of


def _topic(world: World, state: Any) -> Any:
    sns = world.aws("sns")
    found = sns.get_topic_attributes(TopicArn=state.id)["Attributes"]
    tags = sns.list_tags_for_resource(ResourceArn=state.id)["Tags"]
    return found.get("DisplayName"), found.get("KmsMasterKeyId"), tags_of(tags)


def _alarm(world: World, state: Any) -> Any:
    cloudwatch = world.aws("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNames=[state.id])["MetricAlarms"][0]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=state.outputs["arn"])["Tags"]
    return found["Threshold"], found["Dimensions"], len(found["AlarmActions"]), tags_of(tags)


def _subscription(world: World, state: Any) -> Any:
    sns = world.aws("sns")
    found = sns.get_subscription_attributes(SubscriptionArn=state.id)["Attributes"]
    return found["Protocol"], found["Endpoint"], found.get("FilterPolicy")


_TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"


CASES: dict[str, dict[str, Any]] = {
    "topic": {
        "token": alerts.TOPIC.token,
        "inputs": lambda w: {
            "name": w.unique("topic"),
            "kmsMasterKeyId": "alias/aws/sns",
            "displayName": "d",
            "tags": {"a": "1"},
        },
        "look": _topic,
        "created": ("d", "alias/aws/sns", {"a": "1"}),
        "outputs": "arn owner",
        "change": {"displayName": "e", "tags": {"b": "2"}},
        "updated": ("e", "alias/aws/sns", {"b": "2"}),
    },
    "subscription": {
        "token": alerts.SUBSCRIPTION.token,
        "inputs": lambda w: {
            "topic": w.aws("sns").create_topic(Name=w.unique("topic"))["TopicArn"],
            "protocol": "https",
            "endpoint": "https://127.0.0.1:9/hook",
            "endpointAutoConfirms": False,
        },
        "look": _subscription,
        "created": ("https", "https://127.0.0.1:9/hook", None),
        "outputs": "arn ownerId",
        "change": {"filterPolicy": '{"a": ["b"]}'},
        "updated": ("https", "https://127.0.0.1:9/hook", '{"a": ["b"]}'),
    },
    "alarm": {
        "token": alerts.METRIC_ALARM.token,
        "inputs": lambda w: {
            "name": w.unique("alarm"),
            "alarmDescription": "d",
            "namespace": "AWS/Lambda",
            "metricName": "Errors",
            "statistic": "Sum",
            "dimensions": {"FunctionName": "f"},
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "period": 60,
            "evaluationPeriods": 1,
            "treatMissingData": "notBreaching",
            "alarmActions": [_TOPIC],
            "tags": {"a": "1"},
        },
        "look": _alarm,
        "created": (1.0, [{"Name": "FunctionName", "Value": "f"}], 1, {"a": "1"}),
        "outputs": "arn",
        "change": {"threshold": 2.5, "alarmActions": None, "tags": {"a": "1", "b": "2"}},
        "updated": (2.5, [{"Name": "FunctionName", "Value": "f"}], 0, {"a": "1", "b": "2"}),
    },
    "alarm on an expression": {
        "token": alerts.METRIC_ALARM.token,
        "inputs": lambda w: {
            "name": w.unique("alarm"),
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 5,
            "evaluationPeriods": 2,
            "metricQueries": [
                {"id": "rate", "expression": "errors / 2", "label": "rate", "returnData": True},
                {
                    "id": "errors",
                    "metric": {
                        "namespace": "n",
                        "metricName": "m",
                        "period": 60,
                        "stat": "Sum",
                        "dimensions": {"a": "b"},
                    },
                },
            ],
        },
        "look": lambda w, s: [
            (each["Id"], each.get("MetricStat", {}).get("Stat"))
            for each in w.aws("cloudwatch").describe_alarms(AlarmNames=[s.id])["MetricAlarms"][0]["Metrics"]
        ],
        "created": [("rate", None), ("errors", "Sum")],
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (OBS-3)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in alerts.MAPPINGS} - walked == set()
