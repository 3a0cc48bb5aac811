"""The table of deeds."""

from __future__ import annotations

import pulumi
from pulumi_aws.dynamodb.table import Table

from components.scope import Scope


class IdempotencyRecords(pulumi.ComponentResource):
    """One DynamoDB table for the records of all services; a record leaves a day after its deed. ORB-1.

    The key is `id`, which begins with callee and caller; on demand, encrypted with the key of grants.
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
        super().__init__("myelin:idempotency:IdempotencyRecords", name, None, opts)
        physical_name = scope.names.idempotency_table
        self.table = Table(
            name,
            name=physical_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="id",
            attributes=[{"name": "id", "type": "S"}],
            ttl={"enabled": True, "attribute_name": "expires_at"},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            deletion_protection_enabled=deletion_protection,
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self, protect=deletion_protection),
        )
        self.name: pulumi.Output[str] = self.table.name
        self.register_outputs({"name": self.name})
