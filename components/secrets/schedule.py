"""Secrets Manager calls the rotation function, at once or by a schedule."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pulumi
from pulumi_aws.lambda_.permission import Permission
from pulumi_aws.secretsmanager.secret_rotation import SecretRotation

from components.scope import Scope


def monthly(name: str) -> str:
    """A schedule for the secret of this name: once a month, on a day and in an hour that follow from the
    name, so that a thousand secrets are not all rotated at once.

    A `cron()`: a changed `rate()` may still fire at its old time.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    day, hour = number % 28 + 1, number // 28 % 24
    return f"cron(0 {hour} {day} * ? *)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationFunction:
    """The function that rotates secrets; `permission` is made before the first schedule is."""

    arn: pulumi.Input[str]
    permission: pulumi.Resource | None = None


class RotationPermission(pulumi.ComponentResource):
    """Secrets Manager may invoke the rotation function, for the secrets of this environment alone."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        function_arn: pulumi.Input[str],
        function_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:secrets:RotationPermission", name, None, opts)
        permission = Permission(
            name,
            action="lambda:InvokeFunction",
            function=function_name,
            principal="secretsmanager.amazonaws.com",
            source_account=scope.account.id,
            source_arn=scope.place.secrets,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.function = RotationFunction(arn=function_arn, permission=permission)
        self.register_outputs({"function_arn": function_arn})


def make_schedule(
    name: str,
    rotation: RotationFunction,
    *,
    secret_id: pulumi.Input[str],
    schedule: str,
    at_once: bool,
    opts: pulumi.ResourceOptions,
) -> SecretRotation:
    """Rotate a secret by `schedule`; the first time `at_once`, or else when its time comes.

    A secret that is not rotated at once is tried: its function is asked for testSecret alone.
    """
    return SecretRotation(
        name,
        secret_id=secret_id,
        rotation_lambda_arn=rotation.arn,
        rotation_rules={"schedule_expression": schedule},
        rotate_immediately=None if at_once else False,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[rotation.permission] if rotation.permission else [])
        ),
    )
