"""Who may read and write the keys of grants, whatever IAM says. GOV-4.

Principals that deploy make both secrets and write neither, with UpdateSecret neither: for another description
or KMS key a secret is made anew.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import GOVERNANCE, ROTATION

READ = ("secretsmanager:GetSecretValue",)
WRITE = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret")
MOVE = ("secretsmanager:UpdateSecretVersionStage",)
PENDING = "AWSPENDING"
ADMINISTER = (
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
)


def signing_key_policy(place: Place, secret_arn: str) -> tuple[IamStatement, ...]:
    """The private key: governance and rotation alone read it, rotation alone writes it."""
    readers = (place.function_role(GOVERNANCE), place.function_role(ROTATION))
    return (
        _deny(
            "OnlySignersRead",
            secret_arn,
            READ,
            Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=readers),
        ),
        *public_keys_policy(place, secret_arn),
    )


def public_keys_policy(place: Place, secret_arn: str) -> tuple[IamStatement, ...]:
    """The public keys: rotation alone writes them. They are no secret, so IAM says who reads them."""
    rotation = (place.function_role(ROTATION),)
    return (
        _deny(
            "OnlyRotationWrites",
            secret_arn,
            WRITE,
            Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=rotation),
        ),
        _deny(
            "OnlyRotationMovesLabels",
            secret_arn,
            MOVE,
            Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=rotation),
            # but whoever deploys takes a rotation back that is stuck: this label names no value that is used
            Condition(operator="StringNotEquals", key="secretsmanager:VersionStage", values=(PENDING,)),
        ),
        _deny(
            "RuntimeMovesNoLabel",
            secret_arn,
            MOVE,
            Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles),
            Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=rotation),
        ),
        _deny(
            "NobodyAtRunTimeAdministers",
            secret_arn,
            ADMINISTER,
            Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles),
        ),
    )


def _deny(sid: str, secret_arn: str, actions: tuple[str, ...], *conditions: Condition) -> IamStatement:
    return IamStatement(
        sid=sid,
        effect=IamEffect.DENY,
        actions=actions,
        resources=(secret_arn,),
        principals=Principals(everybody=True),
        conditions=conditions,
    )
