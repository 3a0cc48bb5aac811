"""The keys of grants: two secrets that rotation alone writes, and their rotation. GOV-4, SEC-2.

Pulumi never sees a key: the secrets are made without a value, and the first rotation fills them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi
from pulumi_aws.lambda_.permission import Permission
from pulumi_aws.secretsmanager.secret import Secret
from pulumi_aws.secretsmanager.secret_policy import SecretPolicy
from pulumi_aws.secretsmanager.secret_rotation import SecretRotation

from components.identity.statement import IamStatement, document
from components.scope import Scope
from components.secrets.grant_policy import public_keys_policy, signing_key_policy
from components.secrets.secret import RECOVERY_DAYS

SCHEDULE = "cron(0 4 1 * ? *)"
"""At 04:00 UTC on the first of each month; a changed `rate()` may still fire at its old time."""


class GrantSecrets(pulumi.ComponentResource):
    """The private key that governance signs with, and the public keys that callees verify with."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        key_arn: pulumi.Input[str],
        deletion_protection: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:secrets:GrantSecrets", name, None, opts)
        days = RECOVERY_DAYS if deletion_protection else 0
        names = scope.names
        self.signing_key_arn: pulumi.Output[str] = self._make_secret(
            f"{name}.signing-key",
            scope,
            names.grant_signing_key,
            "signs the grants of calls",
            key_arn,
            days,
            lambda arn: signing_key_policy(scope.place, arn),
        )
        self.public_keys_arn: pulumi.Output[str] = self._make_secret(
            f"{name}.public-keys",
            scope,
            names.grant_public_keys,
            "verify the grants of calls",
            key_arn,
            days,
            lambda arn: public_keys_policy(scope.place, arn),
        )
        self.register_outputs(
            {"signing_key_arn": self.signing_key_arn, "public_keys_arn": self.public_keys_arn}
        )

    def _make_secret(
        self,
        name: str,
        scope: Scope,
        physical_name: str,
        purpose: str,
        key_arn: pulumi.Input[str],
        recovery_days: int,
        policy: Callable[[str], Sequence[IamStatement]],
    ) -> pulumi.Output[str]:
        own = pulumi.ResourceOptions(parent=self)
        # myelin: allow CKV2_AWS_57 until 2027-11-30: public keys are no credential; they are written with
        #   each rotation of the private key, which has one
        secret = Secret(
            name,
            name=physical_name,
            description=purpose,
            kms_key_id=key_arn,
            recovery_window_in_days=recovery_days,
            tags=scope.tags(physical_name),
            opts=own,
        )
        SecretPolicy(
            name,
            secret_arn=secret.arn,
            policy=secret.arn.apply(lambda arn: document(policy(arn))),
            block_public_policy=True,
            opts=own,
        )
        arn: pulumi.Output[str] = secret.arn
        return arn


class GrantKeySchedule(pulumi.ComponentResource):
    """The rotation function makes the first pair of keys at once, and a new pair each month."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        signing_key_arn: pulumi.Input[str],
        function_arn: pulumi.Input[str],
        function_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:secrets:GrantKeySchedule", name, None, opts)
        permission = Permission(
            name,
            action="lambda:InvokeFunction",
            function=function_name,
            principal="secretsmanager.amazonaws.com",
            source_account=scope.account.id,
            source_arn=signing_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.rotation = SecretRotation(
            name,
            secret_id=signing_key_arn,
            rotation_lambda_arn=function_arn,
            rotation_rules={"schedule_expression": SCHEDULE},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.register_outputs({"secret_arn": self.rotation.secret_id})
