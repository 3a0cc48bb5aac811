"""Flow logs of the VPC."""

from __future__ import annotations

import pulumi
from pulumi_aws.ec2.flow_log import FlowLog

from components.scope import Scope

AGGREGATION_SECONDS = 600
"""A line for each connection and ten minutes; one minute would be ten times the lines."""


class FlowLogs(pulumi.ComponentResource):
    """Every connection of the VPC, accepted or not, as files in the archive. NET-5"""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        vpc_id: pulumi.Input[str],
        bucket_arn: pulumi.Input[str],
        after: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`after` is the policy that lets AWS write to the bucket: it tries when the logs are made."""
        super().__init__("myelin:network:FlowLogs", name, None, opts)
        log = FlowLog(
            name,
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket_arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            destination_options={
                "file_format": "parquet",
                "hive_compatible_partitions": True,
                "per_hour_partition": True,
            },
            tags=scope.tags(scope.names.of("flow-logs")),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after]),
        )
        self.register_outputs({"flow_log_id": log.id})
