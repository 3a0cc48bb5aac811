"""One KMS key with its alias."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.kms.alias import Alias
from pulumi_aws.kms.key import Key as KmsKey

from components.identity.statement import IamStatement, document
from components.scope import Scope


class Key(pulumi.ComponentResource):
    """A symmetric key that AWS rotates, with a strict policy and an alias. KEY-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        subject: str,
        purpose: str,
        statements: Sequence[IamStatement],
        rotation_days: int,
        deletion_days: int,
        protect: bool,
        service: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`subject` is a service or the name of a shared key."""
        super().__init__("myelin:keys:Key", name, None, opts)
        self.key = KmsKey(
            name,
            description=purpose,
            enable_key_rotation=True,
            rotation_period_in_days=rotation_days,
            deletion_window_in_days=deletion_days,
            policy=document(statements),
            tags=scope.tags(scope.names.of(subject), service=service),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        Alias(
            name,
            name=scope.names.key_alias(subject),
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn: pulumi.Output[str] = self.key.arn
        self.register_outputs({"arn": self.arn})
