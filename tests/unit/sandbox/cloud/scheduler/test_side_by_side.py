"""Two revisions of a service side by side: how many tasks of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, Strategy
from sandbox.cloud.scheduler.deployments import (
    RolloutState,
    begin_rollout,
    complete_rollout,
    retarget_rollout,
    turn_back,
)
from sandbox.cloud.scheduler.machine.lifecycle import Stage
from sandbox.cloud.scheduler.machine.service_deployment import ServiceDeployment, Status, begin, stop
from sandbox.cloud.scheduler.rolling_update import DrainTask, StartTask, StopTask
from sandbox.cloud.scheduler.side_by_side import plan_side_by_side, wanted_counts
from sandbox.cloud.tasks.phase import Phase, TaskView

BLUE = complete_rollout(begin_rollout("blue", "axon:1", "axon:1"), "axon:1")
GREEN = retarget_rollout(BLUE, "green", "axon:2", "axon:2", shifts=True)


def at(stage: Stage) -> ServiceDeployment:
    settings = DeploymentSettings(strategy=Strategy.BLUE_GREEN, bake_minutes=5)
    made = begin(target="green", source="blue", settings=settings, now=0, reconcile=True)
    position = [step.stage for step in made.steps].index(stage)
    return replace(made, position=position, status=Status.IN_PROGRESS)


def view(task: str, revision: str, phase: Phase = Phase.HEALTHY, sequence: int = 1) -> TaskView:
    return TaskView(id=task, deployment_id=revision, phase=phase, sequence=sequence)


@pytest.mark.parametrize(
    ("stage", "green", "blue"),
    [
        (Stage.RECONCILE_SERVICE, 0, 2),
        (Stage.PRE_SCALE_UP, 0, 2),
        (Stage.SCALE_UP, 2, 2),
        (Stage.PRODUCTION_TRAFFIC_SHIFT, 2, 2),
        (Stage.BAKE_TIME, 2, 2),
        (Stage.CLEAN_UP, 2, None),
    ],
)
def test_both_revisions_run_from_scale_up_to_clean_up(stage: Stage, green: int, blue: int | None) -> None:
    """DEL-4: twice the desired count, until the old revision is removed."""
    wanted = {each.id: count for each, count in wanted_counts(at(stage), GREEN, 2)}
    assert (wanted["green"], wanted.get("blue")) == (green, blue)


def test_on_the_way_back_the_new_revision_stays_until_its_traffic_is_gone() -> None:
    """Then it is removed, and the old one is what it was."""
    back, rollout = stop(at(Stage.SCALE_UP), 0), turn_back(GREEN, "red")
    assert back.stage is Stage.CLEAN_UP
    assert {each.id: count for each, count in wanted_counts(back, rollout, 2)} == {"blue": 2}
    shifting = replace(back, steps=(*at(Stage.TEST_TRAFFIC_SHIFT).steps[4:5], *back.steps))
    assert {each.id: count for each, count in wanted_counts(shifting, rollout, 2)} == {"blue": 2, "green": 2}


def test_each_revision_is_brought_to_its_own_count() -> None:
    """Missing ones start, surplus ones end, unhealthy ones stop, those of other revisions drain."""
    tasks = [
        view("1", "blue"),
        view("2", "green", sequence=2),
        view("3", "green", Phase.STARTING, sequence=3),
        view("4", "older"),
        view("5", "blue", Phase.UNHEALTHY),
        view("6", "older", Phase.DRAINING),
    ]
    planned = plan_side_by_side(((GREEN.primary, 1), (BLUE.primary, 2)), tasks, now=0)
    assert planned.actions == (
        StopTask(task_id="5", reason="failed its health checks"),
        DrainTask(task_id="4", reason="its revision is not wanted any more"),
        StopTask(task_id="3", reason="it is not wanted any more"),
        StartTask(deployment_id="blue", definition="axon:1"),
    )


def test_a_crash_loop_waits_and_a_failed_revision_starts_nothing() -> None:
    """The plan names the moment at which to look again."""
    throttled = replace(GREEN.primary, not_before=5.0)
    planned = plan_side_by_side(((throttled, 1),), [], now=1)
    assert (planned.actions, planned.wake_at) == ((), 5.0)
    failed = replace(GREEN.primary, state=RolloutState.FAILED)
    assert plan_side_by_side(((failed, 1),), [], now=1).actions == ()
