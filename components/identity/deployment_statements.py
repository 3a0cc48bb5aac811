"""What ECS itself may do while it deploys: shift traffic, and call the function of a deployment.

ECS takes on a role for each, which the service names. AWS has a managed policy for the first one; these are
its statements, with this environment's resources in place of all of the account's, and without
`elasticloadbalancing:ModifyListener`: traffic is shifted by rules here, and never by a listener's default.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import IamStatement
from components.naming import ROLLOUT


def balancer_statements(place: Place) -> tuple[IamStatement, ...]:
    """Look at the load balancer, change the weights of its rules, register the tasks."""
    account, names = place.account, place.names
    return (
        IamStatement(
            sid="Look",
            actions=(
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ),
            resources=("*",),
        ),
        IamStatement(
            sid="ShiftTraffic",
            actions=("elasticloadbalancing:ModifyRule",),
            resources=(
                account.arn("elasticloadbalancing", f"listener-rule/app/{names.load_balancer}/*/*/*"),
            ),
        ),
        IamStatement(
            sid="Targets",
            actions=(
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:RegisterTargets",
            ),
            resources=(account.arn("elasticloadbalancing", f"targetgroup/{names.of('*')}/*"),),
        ),
    )


def hook_statements(place: Place) -> tuple[IamStatement, ...]:
    """Call the function that tests a new release."""
    function = place.names.function(ROLLOUT)
    return (
        IamStatement(
            sid="TestRelease",
            actions=("lambda:InvokeFunction",),
            resources=(place.account.arn("lambda", f"function:{function}"),),
        ),
    )
