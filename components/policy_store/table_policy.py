"""The resource policy of the policy table, which denies whatever IAM allows.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import GOVERNANCE_ADMIN

WRITE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
"""Every way to change an item; a transaction needs those of its parts."""
ADMINISTER = (
    "dynamodb:DeleteResourcePolicy",
    "dynamodb:DeleteTable",
    "dynamodb:PutResourcePolicy",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
)
"""What would open the table or empty it: by another time-to-live attribute, DynamoDB deletes items itself."""


def policy_table_policy(place: Place) -> tuple[IamStatement, ...]:
    """Nobody but the admin function changes an item, administrators neither; no role at run time administers.

    Whoever deploys makes and changes the table, so they can take this policy away: AWS's log of that is the
    trace, and the signed trail shows what they then wrote. GOV-5
    """
    table = place.account.table(place.names.policy_table)
    admin = Condition(
        operator="ArnNotEquals", key="aws:PrincipalArn", values=(place.function_role(GOVERNANCE_ADMIN),)
    )
    runtime = Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles)
    return (
        _deny("AdminAloneWrites", table, WRITE, admin),
        _deny("NobodyAtRunTimeAdministers", table, ADMINISTER, runtime),
    )


def _deny(sid: str, table: str, actions: tuple[str, ...], condition: Condition) -> IamStatement:
    return IamStatement(
        sid=sid,
        effect=IamEffect.DENY,
        principals=Principals(everybody=True),
        actions=actions,
        resources=(table,),
        conditions=(condition,),
    )
