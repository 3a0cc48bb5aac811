"""The topic that alarms publish to."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.sns.topic import Topic
from pulumi_aws.sns.topic_subscription import TopicSubscription

from components.alerts.subscriber import Subscriber
from components.scope import Scope


class AlertTopic(pulumi.ComponentResource):
    """An encrypted SNS topic for alarms, and who is told of them. OBS-3."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        key_arn: pulumi.Input[str],
        subscribers: Sequence[Subscriber] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:alerts:AlertTopic", name, None, opts)
        physical_name = scope.names.alert_topic
        self.topic = Topic(
            name,
            name=physical_name,
            kms_master_key_id=key_arn,
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for subscriber in subscribers:
            TopicSubscription(
                f"{name}-{subscriber.name}",
                topic=self.topic.arn,
                protocol=subscriber.protocol,
                endpoint=subscriber.endpoint,
                # whoever reads the address confirms it; until then AWS sends it nothing
                endpoint_auto_confirms=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.arn: pulumi.Output[str] = self.topic.arn
        self.register_outputs({"arn": self.arn})
