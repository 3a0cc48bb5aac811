"""The permissions of the function that tests a new release."""

from __future__ import annotations

from collections.abc import Mapping

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import Condition, IamStatement
from components.naming import PLATFORM_KEY, ROLLOUT


def rollout_statements(place: Place, keys: Mapping[str, str]) -> tuple[IamStatement, ...]:
    """Find the tasks of a revision, stand in the VPC, write its own log, trace. Nothing else."""
    account, cluster = place.account, place.names.cluster
    return (
        IamStatement(
            sid="FindRevision",
            actions=("ecs:DescribeServiceRevisions",),
            resources=(account.arn("ecs", f"service-revision/{cluster}/*"),),
        ),
        IamStatement(
            sid="ListTasks",
            actions=("ecs:ListTasks",),
            resources=("*",),
            conditions=(
                Condition(
                    operator="ArnEquals",
                    key="ecs:cluster",
                    values=(account.arn("ecs", f"cluster/{cluster}"),),
                ),
            ),
        ),
        IamStatement(
            sid="FindTasks",
            actions=("ecs:DescribeTasks",),
            resources=(account.arn("ecs", f"task/{cluster}/*"),),
        ),
        *network_statements(place),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(account.log_streams(place.names.function_log_group(ROLLOUT)),),
        ),
        trace_statement(),
        decrypt_statement("PlatformKey", keys[PLATFORM_KEY], (account.service_endpoint("lambda"),)),
    )


def network_statements(place: Place) -> tuple[IamStatement, ...]:
    """What Lambda needs to give a function its network interfaces; it uses the function's own role for that.

    AWS's managed policy AWSLambdaVPCAccessExecutionRole says the same of every resource. Interfaces have no
    names to tell ours by, and AWS asks that a deletion names no type of resource:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    account = place.account
    return (
        IamStatement(
            sid="LookAtNetwork",
            actions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
            resources=("*",),
        ),
        IamStatement(
            sid="MakeInterfaces",
            actions=("ec2:CreateNetworkInterface",),
            resources=tuple(
                account.arn("ec2", f"{kind}/*") for kind in ("network-interface", "security-group", "subnet")
            ),
        ),
        IamStatement(
            sid="UseInterfaces",
            actions=(
                "ec2:AssignPrivateIpAddresses",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ),
            resources=(account.arn("ec2", "*/*"),),
        ),
    )
