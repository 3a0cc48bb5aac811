"""Deployment configurations that ECS does not take, and those that the sandbox does not play."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ecs.exceptions import InvalidParameterException

from sandbox.cloud.ecs.deployment_checks import refuse_invalid

BALANCED = {
    "targetGroupArn": "blue",
    "advancedConfiguration": {
        "alternateTargetGroupArn": "green",
        "productionListenerRule": "rule",
        "roleArn": "role",
    },
}


def hook(**more: Any) -> dict[str, Any]:
    return {"hookTargetArn": "arn", "roleArn": "role", "lifecycleStages": ["POST_SCALE_UP"], **more}


def blue_green(**more: Any) -> dict[str, Any]:
    return {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, **more}


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        ({"strategy": "BLUE_GREEN"}, "bakeTimeInMinutes must be given"),
        ({"strategy": "PURPLE"}, "PURPLE"),
        (blue_green(bakeTimeInMinutes=1441), "bakeTimeInMinutes must be between 0 and 1440"),
        (blue_green(canaryConfiguration={"canaryPercent": 5}), "canaryConfiguration is valid with"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.05}}, "multiple of 0.1"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.9}}, "between 3 and 100"),
        (
            {"strategy": "LINEAR", "linearConfiguration": {"stepBakeTimeInMinutes": -1}},
            "the bake time of a step",
        ),
        (blue_green(lifecycleHooks=[hook(lifecycleStages=[])]), "needs lifecycleStages"),
        (blue_green(lifecycleHooks=[hook(lifecycleStages=["BAKE_TIME"])]), "BAKE_TIME"),
        (blue_green(lifecycleHooks=[hook(hookTargetArn="")]), "needs hookTargetArn"),
        (
            blue_green(
                lifecycleHooks=[{"targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}]
            ),
            "PAUSE hooks cannot be at",
        ),
        (blue_green(lifecycleHooks=[hook(timeoutConfiguration={"timeoutInMinutes": 20161})]), "20160"),
        ({"lifecycleHooks": [hook()]}, "does not play lifecycle hooks of a ROLLING"),
        (
            blue_green(alarms={"alarmNames": ["a"], "enable": True, "rollback": False}),
            "does not play alarms without rollback",
        ),
        (
            blue_green(deploymentCircuitBreaker={"enable": True, "rollback": False}),
            "does not play deploymentCircuitBreaker without rollback",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(configuration: dict[str, Any], why: str) -> None:
    """DEL-4: with the name of what is wrong; played as something else it would prove nothing."""
    with pytest.raises(InvalidParameterException, match=why):
        refuse_invalid({"deploymentConfiguration": configuration, "loadBalancers": [BALANCED]})


def test_a_load_balancer_needs_both_groups_and_a_rule() -> None:
    """Where traffic is shifted; a rolling deployment needs neither."""
    bare = {"targetGroupArn": "blue"}
    with pytest.raises(InvalidParameterException, match="needs advancedConfiguration"):
        refuse_invalid({"deploymentConfiguration": blue_green(), "loadBalancers": [bare]})
    refuse_invalid({"deploymentConfiguration": {"strategy": "ROLLING"}, "loadBalancers": [bare]})
    refuse_invalid({"deploymentConfiguration": blue_green(), "loadBalancers": [BALANCED]})
    refuse_invalid({"desiredCount": 1})
