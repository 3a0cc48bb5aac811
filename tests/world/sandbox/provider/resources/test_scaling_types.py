from __future__ import annotations

import json
from typing import Any

import pytest

WHOSE = {"scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}


def _service(world: Any) -> str:
    definition = world.make(
        "aws:ecs/taskDefinition:TaskDefinition",
        family=world.unique("family"),
        containerDefinitions=json.dumps([{"name": "a", "image": "a:1", "memory": 128}]),
    )
    cluster = world.cluster().outputs
    state = world.make(
        "aws:ecs/service:Service",
        name=world.unique("service"),
        cluster=cluster["arn"],
        taskDefinition=definition.outputs["arn"],
    )
    return f"service/{cluster['name']}/{state.outputs['name']}"


def _target(world: Any, state: Any) -> Any:
    found = world.aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[state.id]
    )
    target = found["ScalableTargets"][0]
    return target["MinCapacity"], target["MaxCapacity"]


def _policy(world: Any, state: Any) -> Any:
    found = world.aws("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", PolicyNames=[state.id]
    )
    policy = found["ScalingPolicies"][0]
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    return policy["PolicyType"], configuration["TargetValue"], configuration["ScaleInCooldown"]


def _registered(world: Any) -> str:
    return str(
        world.make(
            "aws:appautoscaling/target:Target",
            resourceId=_service(world),
            minCapacity=1,
            maxCapacity=2,
            **WHOSE,
        ).id
    )


def _tracking(value: float) -> dict[str, Any]:
    return {
        "targetValue": value,
        "scaleInCooldown": 120,
        "scaleOutCooldown": 30,
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }


CASES = {
    "target": {
        "token": "aws:appautoscaling/target:Target",
        "inputs": lambda w: {
            "resourceId": _service(w),
            "minCapacity": 2,
            "maxCapacity": 6,
            "tags": {"a": "1"},
            **WHOSE,
        },
        "look": _target,
        "created": (2, 6),
        "outputs": "arn",
        "change": {"minCapacity": 3, "maxCapacity": 9},
        "updated": (3, 9),
    },
    "policy": {
        "token": "aws:appautoscaling/policy:Policy",
        "inputs": lambda w: {
            "name": w.unique("cpu"),
            "policyType": "TargetTrackingScaling",
            "resourceId": _registered(w),
            "targetTrackingScalingPolicyConfiguration": _tracking(60),
            **WHOSE,
        },
        "look": _policy,
        "created": ("TargetTrackingScaling", 60.0, 120),
        "outputs": "arn alarmArns",
        "change": {"targetTrackingScalingPolicyConfiguration": _tracking(75.5)},
        "updated": ("TargetTrackingScaling", 75.5, 120),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_scaling_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Scalable targets and policies are made, seen, changed in place, and removed twice (ECS-4)."""
    walk(case)
