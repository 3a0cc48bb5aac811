"""The topic of alarms, made alone."""

from __future__ import annotations

from components.alerts.topic import AlertTopic
from tests.support.recording.component import SCOPE, record_component


def test_topic_is_encrypted_with_the_given_key() -> None:
    """One topic with the environment's name, under the platform's key, whose ARN is the output."""
    found = record_component(lambda: AlertTopic("alerts", SCOPE, key_arn="arn:key:platform"))
    assert found.children == {"aws:sns/topic:Topic": 1}
    topic = found.only("aws:sns/topic:Topic").inputs
    assert (topic["name"], topic["kmsMasterKeyId"]) == ("dev-alerts", "arn:key:platform")
    assert found.outputs == {"arn": "arn:aws:topic:us-east-1:111122223333:dev-alerts"}
