"""Warnings about deployments that are over before an alarm could be red."""

from __future__ import annotations

from typing import Any

import pytest

from cli.deployment.short_shifts import short_shifts
from components.alarms.service_alarms import RED_AFTER_MINUTES, plan_service_alarms
from components.containers.deployment_plan import DeploymentDefaults
from components.declarations import load_services
from components.declarations.deployment import DeploymentDeclaration
from components.naming import PhysicalNames
from tests.support.paths import ROOT

SERVICES = load_services(ROOT / "services")
ORBIT = SERVICES.get("orbit")
AWAY: dict[str, Any] = {"strategy": "canary", "percent": 20, "step_minutes": 2, "bake_minutes": 2}


def told(defaults: DeploymentDefaults | None = None, **deployment: Any) -> list[str]:
    """What is said of Orbit with such a deployment."""
    declared = DeploymentDeclaration.model_validate(deployment)
    service = ORBIT.model_copy(update={"deployment": declared})
    return list(short_shifts([service], defaults or DeploymentDefaults()))


@pytest.mark.parametrize(
    ("deployment", "warned"),
    [
        ({}, False),
        ({"strategy": "rolling"}, False),
        ({"strategy": "blue_green"}, False),
        ({"strategy": "blue_green", "bake_minutes": RED_AFTER_MINUTES}, True),
        ({"strategy": "blue_green", "bake_minutes": RED_AFTER_MINUTES + 1}, False),
        ({"strategy": "canary"}, False),
        (AWAY, True),
        ({**AWAY, "step_minutes": 3}, False),
        ({"strategy": "linear", "percent": 50, "step_minutes": 1, "bake_minutes": 3}, True),
        ({"strategy": "linear", "percent": 20, "step_minutes": 1, "bake_minutes": 1}, False),
    ],
)
def test_steps_and_bake_are_compared_with_what_alarms_need(
    deployment: dict[str, Any], *, warned: bool
) -> None:
    """What shifts no traffic is not meant; ECS's own minutes are enough."""
    assert bool(told(**deployment)) is warned


def test_the_warning_has_the_numbers() -> None:
    """The service, how it is deployed, what is declared, what is needed, and what to do. DEL-4"""
    assert told(**AWAY) == [
        "the deployment of `orbit` (canary) is watched for 4 min, 1 x 2 min of steps and 2 min of bake, and "
        "its alarms need up to 4 min to turn red: an image that fails requests would take all traffic; make "
        "`step_minutes` or `bake_minutes` longer"
    ]


def test_an_environments_own_minutes_count() -> None:
    """A bake that the environment makes shorter is too short for each service that does not say its own."""
    short = DeploymentDefaults(bake_minutes=1)
    assert told(short, strategy="blue_green")
    assert not told(short, strategy="blue_green", bake_minutes=15)


def test_no_alarm_that_rolls_back_is_faster_than_what_is_compared_with() -> None:
    """Two minutes have to be bad, the first of which counts in part, and the last is judged later."""
    plan = plan_service_alarms(PhysicalNames("dev"), SERVICES, ORBIT)
    whole = next(alarm for alarm in plan.composites if alarm.name == plan.name)
    parts = [alarm for alarm in plan.metric_alarms if f'"{alarm.name}"' in whole.rule]
    assert len(parts) > 3
    assert min(alarm.datapoints * alarm.period for alarm in parts) / 60 + 2 == RED_AFTER_MINUTES
