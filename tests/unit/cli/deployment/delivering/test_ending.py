"""How a deployment ends, and how long that may take."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cli.deployment.delivering.ending import (
    NothingBegunError,
    RolledBackError,
    await_end,
    budget_seconds,
)
from cli.deployment.delivering.following import Follower
from cli.deployment.delivering.service_deployments import EcsDeployment
from cli.errors import TimedOutError
from cli.exit_codes import ExitCode
from components.containers.deployment_plan import DeploymentPlan
from components.declarations import DeploymentStrategy
from tests.support.worlds.fake_deployments import Described, FakeEcs, described

OLD = described("SUCCESSFUL", arn="arn:old")


def end(looks: Sequence[Described]) -> tuple[EcsDeployment, ...]:
    """Wait for ten seconds of a clock that each pause moves on by one."""
    now = [0.0]
    follower = Follower(FakeEcs([OLD, *looks]), "dev", ["axon"], lambda _: None)

    def pause(_: float) -> None:
        now[0] += 1

    return await_end(follower, ["axon"], seconds=10, clock=lambda: now[0], sleep=pause)


def test_it_succeeds_when_the_new_revision_has_all_traffic() -> None:
    """However long that took ECS."""
    (found,) = end([OLD, described("PENDING"), *[described()] * 5, described("SUCCESSFUL", share=100.0)])
    assert found.serves


@pytest.mark.parametrize("status", ["ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"])
def test_any_other_end_is_a_rollback(status: str) -> None:
    """With ECS's own reason, and exit code 6. DEL-4"""
    with pytest.raises(RolledBackError, match=f"{status}: the alarm is red") as raised:
        end([described(), described(status, statusReason="the alarm is red")])
    assert raised.value.exit_code is ExitCode.ROLLED_BACK


def test_one_without_an_end_times_out() -> None:
    """It says where it is, and that ECS goes on: exit code 8."""
    with pytest.raises(TimedOutError, match="not at its end after 10 s: axon: canary, in progress") as raised:
        end([described()])
    assert raised.value.exit_code is ExitCode.TIMED_OUT


def test_one_that_never_begins_is_named() -> None:
    """The deployment before it is not taken for it."""
    with pytest.raises(NothingBegunError, match="ECS began no deployment of `axon`"):
        end([OLD])


@pytest.mark.parametrize(
    ("plan", "minutes"),
    [
        (DeploymentPlan(strategy=DeploymentStrategy.ROLLING), 30.0),
        (DeploymentPlan(strategy=DeploymentStrategy.BLUE_GREEN, bake_minutes=60), 31.0),
        (
            DeploymentPlan(strategy=DeploymentStrategy.CANARY, percent=5, step_minutes=30, bake_minutes=30),
            31.0,
        ),
        (DeploymentPlan(strategy=DeploymentStrategy.LINEAR, percent=25, step_minutes=60), 33.0),
    ],
)
def test_the_time_follows_from_the_strategy(plan: DeploymentPlan, minutes: float) -> None:
    """Minutes of AWS pass faster here, those in which tasks start do not."""
    assert budget_seconds(plan, 60) == minutes * 60
