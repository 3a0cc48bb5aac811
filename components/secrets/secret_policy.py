"""The resource policy of a secret, which holds whatever an identity policy allows. SEC-1.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals

READ = ("secretsmanager:GetSecretValue",)
CHANGE = (
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
)


def secret_policy(place: Place, secret_arn: str, readers: tuple[str, ...]) -> tuple[IamStatement, ...]:
    """Of the roles of services and functions, only `readers` (role ARNs) read it, and none changes it."""
    runtime = Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles)
    return (
        IamStatement(
            sid="OnlyItsReaders",
            effect=IamEffect.DENY,
            actions=READ,
            resources=(secret_arn,),
            principals=Principals(everybody=True),
            conditions=(
                runtime,
                Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=readers),
            ),
        ),
        IamStatement(
            sid="NobodyAtRunTimeChangesIt",
            effect=IamEffect.DENY,
            actions=CHANGE,
            resources=(secret_arn,),
            principals=Principals(everybody=True),
            conditions=(runtime,),
        ),
    )
