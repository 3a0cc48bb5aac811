"""One secret with a random first value."""

from __future__ import annotations

import pulumi
from pulumi_aws.secretsmanager.get_random_password import get_random_password_output
from pulumi_aws.secretsmanager.secret import Secret as SecretsManagerSecret
from pulumi_aws.secretsmanager.secret_policy import SecretPolicy
from pulumi_aws.secretsmanager.secret_version import SecretVersion

from components.identity.statement import document
from components.scope import Scope
from components.secrets.secret_policy import secret_policy

LENGTH = 64
"""Characters of a generated value: letters and digits, about 380 bits."""
RECOVERY_DAYS = 30
"""How long a deleted secret can be brought back, where deletion is protected."""


class GeneratedSecret(pulumi.ComponentResource):
    """A secret under its owner's key, readable by the named roles alone. SEC-1.

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
        service: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`readers` are role ARNs."""
        super().__init__("myelin:secrets:Secret", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        # myelin: allow CKV2_AWS_57 until 2027-03-31: the function that would rotate it does not exist yet
        self.secret = SecretsManagerSecret(
            name,
            name=physical_name,
            description=purpose,
            kms_key_id=key_arn,
            recovery_window_in_days=RECOVERY_DAYS if deletion_protection else 0,
            tags=scope.tags(physical_name, service=service),
            opts=own,
        )
        first = get_random_password_output(
            password_length=LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        SecretVersion(
            name,
            secret_id=self.secret.id,
            secret_string=pulumi.Output.secret(first.random_password),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"]),
        )
        SecretPolicy(
            name,
            secret_arn=self.secret.arn,
            policy=self.secret.arn.apply(lambda arn: document(secret_policy(scope.place, arn, readers))),
            block_public_policy=True,
            opts=own,
        )
        self.arn: pulumi.Output[str] = self.secret.arn
        self.register_outputs({"arn": self.arn})
