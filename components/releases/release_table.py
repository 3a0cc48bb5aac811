"""The release table."""

from __future__ import annotations

import pulumi
from pulumi_aws.dynamodb.table import Table

from components.scope import Scope


class ReleaseTable(pulumi.ComponentResource):
    """One DynamoDB table for the releases of an environment and the inputs that they were made of. DEL-4.

    Keys are `pk` and `sk`; nothing in it ever expires; on demand, encrypted with the platform's key,
    restorable to any second of the last 35 days.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        key_arn: pulumi.Input[str],
        deletion_protection: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:releases:ReleaseTable", name, None, opts)
        physical_name = scope.names.release_table
        self.table = Table(
            name,
            name=physical_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            deletion_protection_enabled=deletion_protection,
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self, protect=deletion_protection),
        )
        self.name: pulumi.Output[str] = self.table.name
        self.register_outputs({"name": self.name})
