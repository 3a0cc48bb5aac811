"""Scalable targets and scaling policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.engine.provider import ProviderError, State
from sandbox.provider.resources import scaling
from tests.support.provider.scripted import OPERATION, ScriptedProvider, refused
from tests.support.provider.world import Walk, World

WHOSE = {"scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}


def _service(world: World) -> str:
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


def _target(world: World, state: Any) -> Any:
    found = world.aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[state.id]
    )
    target = found["ScalableTargets"][0]
    return target["MinCapacity"], target["MaxCapacity"]


def _policy(world: World, state: Any) -> Any:
    found = world.aws("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", PolicyNames=[state.id]
    )
    policy = found["ScalingPolicies"][0]
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    return policy["PolicyType"], configuration["TargetValue"], configuration["ScaleInCooldown"]


def _registered(world: World) -> str:
    return str(
        world.make(
            scaling.TARGET.token,
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


CASES: dict[str, dict[str, Any]] = {
    "target": {
        "token": scaling.TARGET.token,
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
        "token": scaling.POLICY.token,
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
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Both are made, seen, changed in place, and removed twice (ECS-4)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in scaling.MAPPINGS} - walked == set()


def test_tags_that_the_emulator_cannot_change_are_recorded() -> None:
    """It lacks the call for tags of a scalable target; any other refusal is an error."""
    token, whose = scaling.TARGET.token, {"resourceId": "r", **WHOSE}
    tagged = {**whose, "tags": {"a": "1"}}
    known = State(id="r", outputs={**whose, "arn": "arn"})
    slow = ScriptedProvider(tag_resource=[refused("NotImplemented")])
    updated = slow.provider.update(OPERATION, token, "r", tagged, known, whose)
    assert updated.outputs["tagsAll"] == {"a": "1"}
    denied = ScriptedProvider(tag_resource=[refused("AccessDenied")])
    with pytest.raises(ProviderError, match="AccessDenied"):
        denied.provider.update(OPERATION, token, "r", tagged, known, whose)
