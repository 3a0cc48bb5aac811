"""One secret with a random first value."""

from __future__ import annotations

import pulumi
from pulumi_aws.secretsmanager.get_random_password import get_random_password_output
from pulumi_aws.secretsmanager.secret import Secret as SecretsManagerSecret
from pulumi_aws.secretsmanager.secret_policy import SecretPolicy
from pulumi_aws.secretsmanager.secret_version import SecretVersion

from components.declarations import RotationKind, SecretDeclaration
from components.identity.statement import document
from components.naming import RESTART_TAG, ROTATION_TAG, TELL_TAG, TEST_TAG
from components.scope import Scope
from components.secrets.schedule import RotationFunction, make_schedule, monthly
from components.secrets.secret_policy import secret_policy
from components.secrets.unscheduled import make_unscheduled_secret

LENGTH = 64
"""Characters of a generated value: letters and digits, about 380 bits."""
RECOVERY_DAYS = 30
"""How long a deleted secret can be brought back, where deletion is protected."""


class GeneratedSecret(pulumi.ComponentResource):
    """A secret under its owner's key, readable by the named roles alone. SEC-1, SEC-2.

    The first value is random. Later values come from rotation, so changes of the value are ignored in every
    deployment after the first.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        physical_name: str,
        purpose: str,
        key_arn: pulumi.Input[str],
        readers: tuple[str, ...],
        deletion_protection: bool,
        rotation: RotationFunction | None,
        declared: SecretDeclaration | None = None,
        restarts: str | None = None,
        service: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`readers` are role ARNs. Without `rotation` nothing rotates it: people put its values in.

        `declared` says how it is rotated, by default generated; `restarts` is the service whose tasks are
        replaced after a rotation: they read it when they start.
        """
        super().__init__("myelin:secrets:Secret", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        days = RECOVERY_DAYS if deletion_protection else 0
        tags = scope.tags(physical_name, service=service)
        if rotation is None:
            self.secret = make_unscheduled_secret(
                name,
                physical_name=physical_name,
                purpose=purpose,
                key_arn=key_arn,
                recovery_days=days,
                tags=tags,
                opts=own,
            )
        else:
            self.secret = SecretsManagerSecret(
                name,
                name=physical_name,
                description=purpose,
                kms_key_id=key_arn,
                recovery_window_in_days=days,
                tags=tags | _rotation_tags(declared, restarts),
                opts=own,
            )
        first = get_random_password_output(
            password_length=LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        version = SecretVersion(
            name,
            secret_id=self.secret.id,
            secret_string=pulumi.Output.secret(first.random_password),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"]),
        )
        SecretPolicy(
            name,
            secret_arn=self.secret.arn,
            policy=self.secret.arn.apply(
                lambda arn: document(secret_policy(scope.place, arn, readers, rotated=rotation is not None))
            ),
            block_public_policy=True,
            opts=own,
        )
        if rotation is not None:
            make_schedule(
                name,
                rotation,
                secret_id=self.secret.id,
                schedule=monthly(physical_name),
                at_once=False,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[version]),
            )
        self.arn: pulumi.Output[str] = self.secret.arn
        self.register_outputs({"arn": self.arn})


def _rotation_tags(declared: SecretDeclaration | None, restarts: str | None) -> dict[str, str]:
    """The tags that the rotation function reads."""
    kind = declared.rotate if declared else RotationKind.GENERATED
    issuer = {TELL_TAG: declared.tell, TEST_TAG: declared.test} if declared else {}
    found = {ROTATION_TAG: kind.value, RESTART_TAG: restarts or "", **issuer}
    return {tag: value for tag, value in found.items() if value}
