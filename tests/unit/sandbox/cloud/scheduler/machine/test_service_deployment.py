"""What is done to a service deployment from outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, Strategy
from sandbox.cloud.scheduler.machine.lifecycle import Stage, TargetTraffic
from sandbox.cloud.scheduler.machine.service_deployment import (
    ENDED,
    Cause,
    ServiceDeployment,
    Status,
    begin,
    fail,
    stop,
    supersede,
)

SETTINGS = DeploymentSettings(strategy=Strategy.CANARY, step_percent=5, step_minutes=10)


def under_way(**more: object) -> ServiceDeployment:
    made = begin(target="green", source="blue", settings=SETTINGS, now=0)
    return replace(made, status=Status.IN_PROGRESS, **more)  # type: ignore[arg-type]


def test_a_superseded_deployment_ends_where_it_is() -> None:
    """The next one reconciles; its traffic is not touched by the one that ends."""
    ended = supersede(under_way(traffic=TargetTraffic(production=5, test=100)), "other", 7)
    assert (ended.status, ended.ended_at, ended.reason) == (
        Status.STOPPED,
        7,
        "superseded by deployment other",
    )
    assert ended.production_weights() == {"green": 5, "blue": 95}


@pytest.mark.parametrize("status", sorted(ENDED))
def test_what_has_ended_stays_as_it_ended(status: Status) -> None:
    """Whatever is asked of it later."""
    ended = under_way(ended_at=3)
    ended = replace(ended, status=status)
    assert supersede(ended, "third", 8) == ended
    assert fail(ended, Cause.HOOK, "late", 9) == ended
    assert stop(ended, 9) == ended


def test_a_rollback_is_requested_once() -> None:
    """A second reason does not replace the first."""
    back = stop(under_way(traffic=TargetTraffic(test=100)), 1)
    assert (back.status, back.stage) == (Status.ROLLBACK_REQUESTED, Stage.TEST_TRAFFIC_SHIFT)
    assert fail(back, Cause.ALARM, "red", 2) == back
    assert not back.can_stop
