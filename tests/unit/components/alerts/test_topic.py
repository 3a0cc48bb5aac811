"""The topic of alarms, made alone."""

from __future__ import annotations

from components.alerts.subscriber import read_subscriber
from components.alerts.topic import AlertTopic
from tests.support.recording.component import SCOPE, record_component


def test_topic_is_encrypted_with_the_given_key() -> None:
    """One topic with the environment's name, under the platform's key, whose ARN is the output."""
    found = record_component(lambda: AlertTopic("alerts", SCOPE, key_arn="arn:key:platform"))
    assert found.children == {"aws:sns/topic:Topic": 1}
    topic = found.only("aws:sns/topic:Topic").inputs
    assert (topic["name"], topic["kmsMasterKeyId"]) == ("dev-alerts", "arn:key:platform")
    assert found.outputs == {"arn": "arn:aws:topic:us-east-1:111122223333:dev-alerts"}


def test_each_subscriber_has_a_subscription_whose_name_follows_from_its_address() -> None:
    """OBS-3: one more changes nothing of the others, and no address is in a name."""
    mail, web = (read_subscriber(text) for text in ("mailto:ops@example.com", "https://example.com/hook"))
    found = record_component(
        lambda: AlertTopic("alerts", SCOPE, key_arn="arn:key:platform", subscribers=[mail, web])
    )
    made = found.graph.of("aws:sns/topicSubscription:TopicSubscription")
    assert {(one.inputs["protocol"], one.inputs["endpoint"]) for one in made} == {
        ("email", "ops@example.com"),
        ("https", "https://example.com/hook"),
    }
    assert mail.name != web.name
    assert all("example" not in one.name for one in made)
