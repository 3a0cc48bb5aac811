"""The keys of grants: two secrets that rotation alone writes, and their rotation. GOV-4, SEC-2.

Pulumi never sees a key: the secrets are made without a value, and the first rotation fills them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi
from pulumi_aws.secretsmanager.secret_policy import SecretPolicy

from components.identity.statement import IamStatement, document
from components.scope import Scope
from components.secrets.grant_policy import public_keys_policy, signing_key_policy
from components.secrets.schedule import RotationFunction, make_schedule
from components.secrets.secret import RECOVERY_DAYS
from components.secrets.unscheduled import make_unscheduled_secret

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
        secret = make_unscheduled_secret(
            name,
            physical_name=physical_name,
            purpose=purpose,
            key_arn=key_arn,
            recovery_days=recovery_days,
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
        rotation: RotationFunction,
        *,
        signing_key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:secrets:GrantKeySchedule", name, None, opts)
        self.rotation = make_schedule(
            name,
            rotation,
            secret_id=signing_key_arn,
            schedule=SCHEDULE,
            at_once=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"secret_arn": self.rotation.secret_id})
