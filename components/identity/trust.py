"""Trust policies: which AWS service may assume a role."""

from __future__ import annotations

from components.account import Account
from components.identity.statement import Condition, IamStatement, Principals


def ecs_tasks_trust(account: Account) -> tuple[IamStatement, ...]:
    """ECS, and only for tasks of this account and region.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return (
        IamStatement(
            sid="EcsTasks",
            actions=("sts:AssumeRole",),
            principals=Principals(services=("ecs-tasks.amazonaws.com",)),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=(account.id,)),
                Condition(operator="ArnLike", key="aws:SourceArn", values=(account.arn("ecs", "*"),)),
            ),
        ),
    )


def ecs_trust() -> tuple[IamStatement, ...]:
    """ECS itself, as it takes on the infrastructure role of a load balancer or of a deployment's hooks.

    AWS documents no condition for it:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    """
    return (
        IamStatement(
            sid="Ecs",
            actions=("sts:AssumeRole",),
            principals=Principals(services=("ecs.amazonaws.com",)),
        ),
    )


def lambda_trust() -> tuple[IamStatement, ...]:
    """Lambda, which assumes a role only for functions of the role's own account."""
    return (
        IamStatement(
            sid="Lambda",
            actions=("sts:AssumeRole",),
            principals=Principals(services=("lambda.amazonaws.com",)),
        ),
    )
