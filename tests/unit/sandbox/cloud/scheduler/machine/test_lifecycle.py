"""The steps that a deployment goes through."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, HookStage, Strategy
from sandbox.cloud.scheduler.machine.lifecycle import (
    NOTHING,
    LifecycleStep,
    Stage,
    TargetTraffic,
    forward_steps,
    rollback_steps,
    shift_percents,
)


def test_the_stages_come_in_the_order_of_ecs() -> None:
    """DEL-4: each stage that ECS describes, and a hook at each at which one may sit."""
    steps = forward_steps(DeploymentSettings(strategy=Strategy.BLUE_GREEN), first=False, reconcile=True)
    assert list(dict.fromkeys(step.stage for step in steps)) == list(Stage)
    assert [step.hooks for step in steps if step.hooks] == list(HookStage)


def test_nothing_is_reconciled_where_one_revision_is_active() -> None:
    """RECONCILE_SERVICE is for a deployment that meets another one under way."""
    steps = forward_steps(DeploymentSettings(strategy=Strategy.BLUE_GREEN), first=False, reconcile=False)
    assert steps[0].stage is Stage.PRE_SCALE_UP


def test_a_rolling_deployment_shifts_no_traffic() -> None:
    """It bakes as long as it is told, or as its alarms need."""
    steps = forward_steps(DeploymentSettings(bake_minutes=1), first=False, reconcile=True, alarm_minutes=5)
    assert [(step.stage, step.bake_minutes) for step in steps] == [
        (Stage.SCALE_UP, 0),
        (Stage.BAKE_TIME, 5),
        (Stage.CLEAN_UP, 0),
    ]
    assert {step.traffic for step in steps} == {NOTHING}


@pytest.mark.parametrize(
    ("traffic", "stages"),
    [
        (NOTHING, [Stage.CLEAN_UP]),
        (TargetTraffic(test=100), [Stage.TEST_TRAFFIC_SHIFT, Stage.CLEAN_UP]),
        (
            TargetTraffic(production=5, test=100),
            [Stage.PRODUCTION_TRAFFIC_SHIFT, Stage.TEST_TRAFFIC_SHIFT, Stage.CLEAN_UP],
        ),
    ],
)
def test_the_way_back_undoes_what_was_shifted(traffic: TargetTraffic, stages: list[Stage]) -> None:
    """Production first, then test; in the end the target has nothing."""
    steps = rollback_steps(traffic, rolling=False)
    assert [step.stage for step in steps] == stages
    assert steps[-1] == LifecycleStep(stage=Stage.CLEAN_UP, traffic=NOTHING)
    assert all(step.traffic.production == 0 for step in steps)


@given(tenths=st.integers(30, 1000))
def test_linear_steps_grow_to_exactly_all(tenths: int) -> None:
    """Whatever the percentage, shares grow by no more than it, and the last one is 100."""
    percent = tenths / 10
    shares = (0.0, *shift_percents(DeploymentSettings(strategy=Strategy.LINEAR, step_percent=percent)))
    assert shares[-1] == 100
    assert shares.count(100.0) == 1
    assert all(0 < after - before <= percent + 1e-6 for before, after in itertools.pairwise(shares))


def test_a_canary_of_everything_is_one_step() -> None:
    """100 percent leave no second step."""
    assert shift_percents(DeploymentSettings(strategy=Strategy.CANARY, step_percent=100)) == (100,)
    assert shift_percents(DeploymentSettings(strategy=Strategy.CANARY, step_percent=0.1)) == (0.1, 100)
