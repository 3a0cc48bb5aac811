"""The archive of an environment."""

from __future__ import annotations

import pulumi

from components.archive.archive_policy import access_log_policy, archive_policy
from components.archive.log_bucket import LogBucket, LogBucketPlan
from components.scope import Scope


class LogArchive(pulumi.ComponentResource):
    """Two buckets: one under a KMS key and locked, and one for the access logs that take neither. NET-5

    The load balancer and S3 write only to buckets under S3's own keys, and S3 to none with a default lock.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        key_arn: pulumi.Input[str],
        keep_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:archive:LogArchive", name, None, opts)
        place = scope.place
        own = pulumi.ResourceOptions(parent=self)
        self.access_logs = LogBucket(
            "access-logs",
            scope,
            LogBucketPlan(
                physical_name=place.access_log_bucket,
                statements=access_log_policy(place),
                keep_days=keep_days,
                locked=False,
            ),
            protect=protect,
            access_logs=None,
            opts=own,
        )
        self.logs = LogBucket(
            name,
            scope,
            LogBucketPlan(
                physical_name=place.archive_bucket,
                statements=archive_policy(place),
                keep_days=keep_days,
                locked=True,
                key_arn=key_arn,
            ),
            protect=protect,
            access_logs=self.access_logs.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.access_logs.policy]),
        )
        self.register_outputs({"archive": self.logs.name, "access_logs": self.access_logs.name})
