"""Who may read and write the keys of grants, whatever IAM says; the deployer may do neither. GOV-4.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import GOVERNANCE, ROTATION

READ = ("secretsmanager:GetSecretValue",)
WRITE = (
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)


def signing_key_policy(place: Place, secret_arn: str) -> tuple[IamStatement, ...]:
    """The private key: governance and rotation read it, rotation writes it."""
    readers = (place.function_role(GOVERNANCE), place.function_role(ROTATION))
    return (
        _only("OnlyItsReaders", secret_arn, READ, "ArnNotEquals", readers),
        _only("OnlyRotationWrites", secret_arn, WRITE, "ArnNotEquals", (place.function_role(ROTATION),)),
    )


def public_keys_policy(place: Place, secret_arn: str) -> tuple[IamStatement, ...]:
    """The public keys: every service of the environment reads them, rotation alone writes them."""
    readers = (place.task_role("*"), place.function_role(ROTATION))
    return (
        _only("OnlyItsReaders", secret_arn, READ, "ArnNotLike", readers),
        _only("OnlyRotationWrites", secret_arn, WRITE, "ArnNotEquals", (place.function_role(ROTATION),)),
    )


def _only(
    sid: str, secret_arn: str, actions: tuple[str, ...], operator: str, allowed: tuple[str, ...]
) -> IamStatement:
    return IamStatement(
        sid=sid,
        effect=IamEffect.DENY,
        actions=actions,
        resources=(secret_arn,),
        principals=Principals(everybody=True),
        conditions=(Condition(operator=operator, key="aws:PrincipalArn", values=allowed),),
    )
