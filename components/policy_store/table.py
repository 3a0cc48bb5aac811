"""The policy table."""

from __future__ import annotations

import pulumi
from pulumi_aws.dynamodb.resource_policy import ResourcePolicy
from pulumi_aws.dynamodb.table import Table

from components.identity.statement import document
from components.policy_store.table_policy import policy_table_policy
from components.scope import Scope


class PolicyTable(pulumi.ComponentResource):
    """One DynamoDB table for slices, manifests and the pointer to the current version. GOV-2.

    Keys are `pk` and `sk`; on demand, encrypted with the platform's key, restorable to any second of the
    last 35 days. Only the admin function writes it.
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
        super().__init__("myelin:policy_store:PolicyTable", name, None, opts)
        physical_name = scope.names.policy_table
        self.table = Table(
            name,
            name=physical_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            # the nonces of proofs of identity
            ttl={"enabled": True, "attribute_name": "expires_at"},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            deletion_protection_enabled=deletion_protection,
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self, protect=deletion_protection),
        )
        ResourcePolicy(
            name,
            resource_arn=self.table.arn,
            policy=document(policy_table_policy(scope.place)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name: pulumi.Output[str] = self.table.name
        self.register_outputs({"name": self.name, "arn": self.table.arn})
