"""The topic that alarms publish to."""

from __future__ import annotations

import pulumi
from pulumi_aws.sns.topic import Topic

from components.scope import Scope


class AlertTopic(pulumi.ComponentResource):
    """An encrypted SNS topic for alarms."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        key_arn: pulumi.Input[str],
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
        self.arn: pulumi.Output[str] = self.topic.arn
        self.register_outputs({"arn": self.arn})
