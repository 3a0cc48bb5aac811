"""One KMS key that signs, with its alias."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.kms.alias import Alias
from pulumi_aws.kms.key import Key as KmsKey

from components.identity.statement import IamStatement, document
from components.scope import Scope

SPEC = "ECC_NIST_P256"
"""ECDSA on P-256, which every library verifies; KMS does not rotate asymmetric keys."""


class KmsSigningKey(pulumi.ComponentResource):
    """An asymmetric key whose private half never leaves KMS. GOV-2."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        subject: str,
        purpose: str,
        statements: Sequence[IamStatement],
        deletion_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:keys:SigningKey", name, None, opts)
        self.key = KmsKey(
            name,
            description=purpose,
            key_usage="SIGN_VERIFY",
            customer_master_key_spec=SPEC,
            deletion_window_in_days=deletion_days,
            policy=document(statements),
            tags=scope.tags(scope.names.of(subject)),
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
