"""Who may read a secret: resource policies that hold even against a generous identity policy. SEC-1.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, Effect, Principals, Statement

READ = ("secretsmanager:GetSecretValue",)
CHANGE = (
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
)


def secret_policy(place: Place, secret_arn: str, readers: tuple[str, ...]) -> tuple[Statement, ...]:
    """Of the roles at run time only `readers` (role ARNs) read, and none changes the secret."""
    runtime = Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles)
    return (
        Statement(
            sid="OnlyItsReaders",
            effect=Effect.DENY,
            actions=READ,
            resources=(secret_arn,),
            principals=Principals(everybody=True),
            conditions=(
                runtime,
                Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=readers),
            ),
        ),
        Statement(
            sid="NobodyAtRunTimeChangesIt",
            effect=Effect.DENY,
            actions=CHANGE,
            resources=(secret_arn,),
            principals=Principals(everybody=True),
            conditions=(runtime,),
        ),
    )
