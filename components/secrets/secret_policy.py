"""The resource policy of a secret, which holds whatever an identity policy allows. SEC-1.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import ROTATION

READ = ("secretsmanager:GetSecretValue",)
WRITE = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")
ADMINISTER = (
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:RotateSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
)


def secret_policy(
    place: Place, secret_arn: str, readers: tuple[str, ...], *, rotated: bool
) -> tuple[IamStatement, ...]:
    """Of the roles of services and functions, only `readers` (role ARNs) read it, and none changes it; but
    where it is `rotated`, the rotation function reads and writes its values.
    """
    rotation = (place.function_role(ROTATION),) if rotated else ()
    return (
        _deny_at_run_time(place, "OnlyItsReaders", secret_arn, READ, but=(*readers, *rotation)),
        _deny_at_run_time(place, "OnlyRotationWrites", secret_arn, WRITE, but=rotation),
        _deny_at_run_time(place, "NobodyAtRunTimeChangesIt", secret_arn, ADMINISTER, but=()),
    )


def _deny_at_run_time(
    place: Place, sid: str, secret_arn: str, actions: tuple[str, ...], *, but: tuple[str, ...]
) -> IamStatement:
    """Deny to the roles that services and functions run as, but for some."""
    runtime = Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles)
    others = (Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=but),) if but else ()
    return IamStatement(
        sid=sid,
        effect=IamEffect.DENY,
        actions=actions,
        resources=(secret_arn,),
        principals=Principals(everybody=True),
        conditions=(runtime, *others),
    )
