"""What the policies of those who deploy a release have to say: ECS, and the function that tests it. DEL-4"""

from __future__ import annotations

from tests.support.recording.policy_documents import Says
from tests.support.recording.policy_world import (
    BALANCING,
    GROUP,
    GROUPS,
    INTERFACE,
    OF_CLUSTER,
    RESOURCES,
    REVISION,
    ROLLOUT_FUNCTION,
    RULE,
    SUBNET,
    TASK,
    named,
)

SHIFTS = (
    Says(
        actions=named(BALANCING, "DescribeListeners DescribeRules DescribeTargetGroups DescribeTargetHealth"),
        on=RESOURCES,
    ),
    Says(actions=[f"{BALANCING}:ModifyRule"], on=[RULE]),
    Says(actions=named(BALANCING, "DeregisterTargets RegisterTargets"), on=GROUPS),
)
TESTS = (
    Says(actions=["ecs:DescribeServiceRevisions"], on=[REVISION]),
    Says(actions=["ecs:ListTasks"], on=RESOURCES, when=OF_CLUSTER),
    Says(actions=["ecs:DescribeTasks"], on=[TASK]),
    Says(actions=named("ec2", "DescribeNetworkInterfaces DescribeSubnets"), on=RESOURCES),
    Says(actions=["ec2:CreateNetworkInterface"], on=[INTERFACE, SUBNET, GROUP]),
    Says(
        actions=named("ec2", "AssignPrivateIpAddresses DeleteNetworkInterface UnassignPrivateIpAddresses"),
        on=[INTERFACE, SUBNET, GROUP],
    ),
)
"""Beside what every function may do."""
CALLS_HOOKS = (Says(actions=["lambda:InvokeFunction"], on=[ROLLOUT_FUNCTION]),)
