"""Service deployments, step by step."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.cloud.ecs.deployment_settings import (
    SHIFTS,
    DeploymentAlarms,
    DeploymentCircuitBreaker,
    DeploymentSettings,
    HookAction,
    HookStage,
    HookTarget,
    LifecycleHook,
    Strategy,
)
from sandbox.cloud.scheduler.machine.advancing import Sight, advance
from sandbox.cloud.scheduler.machine.hook_runs import HookAnswer, HookRun, HookStatus
from sandbox.cloud.scheduler.machine.lifecycle import NOTHING, Stage, TargetTraffic
from sandbox.cloud.scheduler.machine.service_deployment import (
    ServiceDeployment,
    Status,
    answer_hook,
    begin,
    continue_hook,
    stop,
)

ALARMS = DeploymentAlarms(names=("errors", "latency"), enabled=True, rollback=True)
BREAKER = DeploymentCircuitBreaker(enabled=True, rollback=True)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:smoke"
SUCCEEDED = HookAnswer(status=HookStatus.SUCCEEDED)


def hook(*stages: HookStage, **more: Any) -> LifecycleHook:
    return LifecycleHook(target_arn=ARN, stages=frozenset(stages), **more)


def pause(*stages: HookStage, **more: Any) -> LifecycleHook:
    return LifecycleHook(target=HookTarget.PAUSE, stages=frozenset(stages), **more)


@dataclass
class World:
    """One deployment of two tasks; tasks become healthy at once, and routers follow at once, unless told."""

    settings: DeploymentSettings
    source: str | None = "blue"
    reconcile: bool = False
    now: float = 0.0
    red: frozenset[str] = frozenset()
    target_healthy: int = 2
    source_tasks: int = 0
    target_tasks: int = 0
    settled: bool = True
    desired: int = 2
    routed: TargetTraffic | None = None
    called: list[HookRun] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    look_at: float | None = None

    def __post_init__(self) -> None:
        """Begin the deployment."""
        self._ids = itertools.count(1)
        self.deployment = begin(
            target="green",
            source=self.source,
            settings=self.settings,
            now=0,
            reconcile=self.reconcile,
        )

    def go(self, deployment: ServiceDeployment | None = None) -> ServiceDeployment:
        """Advance at this moment until routers have followed."""
        if deployment is not None:
            self.deployment = deployment
        for _ in range(200):
            before = self.deployment
            routed = self.deployment.traffic if self.routed is None else self.routed
            sight = Sight(
                desired=self.desired,
                target_healthy=self.target_healthy,
                target_tasks=self.target_tasks,
                source_tasks=self.source_tasks,
                settled=self.settled,
                routed=routed,
                red=self.red,
            )
            progress = advance(before, sight, now=self.now, new_id=lambda kind: f"{kind}-{next(self._ids)}")
            self.deployment, self.look_at = progress.deployment, progress.look_at
            self.called += progress.calls
            if not self.stages or self.stages[-1] != self.deployment.stage:
                self.stages.append(self.deployment.stage)
            if self.deployment == before:
                return before
        raise AssertionError("it does not come to rest")

    def later(self, minutes: float) -> ServiceDeployment:
        self.now += minutes * 60
        return self.go()

    def answer(self, status: HookStatus = HookStatus.SUCCEEDED, **more: Any) -> ServiceDeployment:
        run = next(run for run in self.deployment.hooks if run.open and run.call_at is None)
        return self.go(answer_hook(self.deployment, run.id, HookAnswer(status=status, **more), self.now))


def test_blue_green_shifts_all_at_once_and_bakes() -> None:
    """DEL-4: production goes from 0 to 100 in one step, the old revision stays while it bakes, then goes."""
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN, bake_minutes=5), source_tasks=2)
    baking = world.go()
    assert (baking.stage, baking.traffic) == (Stage.BAKE_TIME, TargetTraffic(production=100, test=100))
    assert world.look_at == 300
    assert world.later(4.9).stage is Stage.BAKE_TIME
    assert world.later(0.2).stage is Stage.CLEAN_UP
    world.source_tasks = 0
    assert world.go().status is Status.SUCCESSFUL


def test_a_canary_has_its_share_for_its_time() -> None:
    """5 percent for ten minutes, then all: ECS's own defaults."""
    world = World(DeploymentSettings(strategy=Strategy.CANARY, step_percent=5, step_minutes=10))
    assert world.go().production_weights() == {"green": 5, "blue": 95}
    assert world.later(9.9).production_weights() == {"green": 5, "blue": 95}
    assert world.later(0.2).status is Status.SUCCESSFUL
    assert world.deployment.production_weights() == {"green": 100, "blue": 0}


def test_linear_steps_are_equal_and_the_last_does_not_bake() -> None:
    """30 percent a step: 30, 60, 90 and 100, each but the last for its minutes."""
    world = World(DeploymentSettings(strategy=Strategy.LINEAR, step_percent=30, step_minutes=1))
    seen = [world.go().traffic.production]
    while not world.deployment.ended:
        seen.append(world.later(1).traffic.production)
    assert seen == [30, 60, 90, 100]
    assert world.now == 180


def test_a_rolling_deployment_waits_for_its_tasks_and_shifts_nothing() -> None:
    """Without traffic of its own it is over when all tasks are new and healthy, and its bake has passed."""
    world = World(DeploymentSettings(bake_minutes=1), settled=False)
    assert world.go().stage is Stage.SCALE_UP
    world.settled = True
    assert world.go().stage is Stage.BAKE_TIME
    assert world.later(1).status is Status.SUCCESSFUL
    assert world.deployment.traffic == NOTHING


def test_no_traffic_comes_before_tasks_are_healthy_and_routers_know() -> None:
    """A stage is left only when what it brings about is there."""
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN), target_healthy=1)
    assert world.go().stage is Stage.SCALE_UP
    world.target_healthy, world.routed = 2, NOTHING
    assert world.go().stage is Stage.TEST_TRAFFIC_SHIFT
    world.target_healthy, world.routed = 1, None
    unhealthy = world.go()
    assert (unhealthy.stage, unhealthy.traffic.production) == (Stage.PRODUCTION_TRAFFIC_SHIFT, 0)
    world.target_healthy = 2
    assert world.go().status is Status.SUCCESSFUL


def test_a_first_deployment_bakes_nothing_and_has_all_traffic_at_once() -> None:
    """There is no revision to bake beside, and none to give the rest to."""
    world = World(
        DeploymentSettings(strategy=Strategy.CANARY, step_percent=5, step_minutes=10, bake_minutes=5),
        source=None,
    )
    assert world.go().status is Status.SUCCESSFUL
    assert world.deployment.production_weights() == {"green": 100}


def test_a_first_deployment_that_fails_has_no_way_back() -> None:
    """It stops where it is, and says why."""
    world = World(
        DeploymentSettings(strategy=Strategy.BLUE_GREEN, hooks=(hook(HookStage.POST_SCALE_UP),)), source=None
    )
    world.go()
    failed = world.answer(HookStatus.FAILED, reason="it answered FAILED")
    assert (failed.status, failed.turned_back) == (Status.STOPPED, False)
    assert failed.reason == (
        "at POST_SCALE_UP, the hook smoke: it answered FAILED; "
        "no rollback candidate was found to run the rollback"
    )


def test_hooks_are_called_once_at_single_stages_and_at_every_step_of_a_shift() -> None:
    """LINEAR in four steps: those of the shifts of production four times each, all others once."""
    everywhere = hook(*HookStage)
    world = World(
        DeploymentSettings(strategy=Strategy.LINEAR, step_percent=30, step_minutes=1, hooks=(everywhere,)),
        reconcile=True,
    )
    world.go()
    while not world.deployment.ended:
        if any(run.open for run in world.deployment.hooks):
            world.answer()
        else:
            world.later(1)
    called = Counter(run.stage for run in world.called)
    repeated = {HookStage.PRE_PRODUCTION_TRAFFIC_SHIFT, HookStage.PRODUCTION_TRAFFIC_SHIFT}
    assert called == {stage: 4 if stage in repeated else 1 for stage in HookStage}


def test_a_rollback_calls_the_hooks_of_the_shifts_again_with_the_weights_the_other_way_round() -> None:
    """Production first, then test; the old revision has all of it before its hook is called."""
    world = World(
        DeploymentSettings(
            strategy=Strategy.BLUE_GREEN, bake_minutes=5, hooks=(hook(*SHIFTS),), alarms=ALARMS
        )
    )
    world.go()
    world.answer()
    assert world.answer().stage is Stage.BAKE_TIME
    world.red = frozenset({"errors"})
    back = world.go()
    assert (back.status, back.stage) == (Status.ROLLBACK_IN_PROGRESS, Stage.PRODUCTION_TRAFFIC_SHIFT)
    assert back.production_weights() == {"green": 0, "blue": 100}
    assert back.test_weights() == {"green": 100, "blue": 0}
    tested = world.answer()
    assert (tested.stage, tested.traffic) == (Stage.TEST_TRAFFIC_SHIFT, NOTHING)
    assert world.answer().status is Status.ROLLBACK_SUCCESSFUL
    assert [run.stage for run in world.called] == [
        HookStage.TEST_TRAFFIC_SHIFT,
        HookStage.PRODUCTION_TRAFFIC_SHIFT,
        HookStage.PRODUCTION_TRAFFIC_SHIFT,
        HookStage.TEST_TRAFFIC_SHIFT,
    ]
    assert world.deployment.reason == "CloudWatch alarm in ALARM: errors"


def test_a_rollback_before_any_shift_calls_no_hook() -> None:
    """What was not shifted is not shifted back."""
    world = World(
        DeploymentSettings(strategy=Strategy.BLUE_GREEN, hooks=(hook(HookStage.POST_SCALE_UP, *SHIFTS),))
    )
    world.go()
    assert world.answer(HookStatus.FAILED).status is Status.ROLLBACK_SUCCESSFUL
    assert len(world.called) == 1


def test_a_hook_that_fails_during_a_rollback_makes_it_a_failed_one() -> None:
    """Traffic is back all the same, and both reasons are told."""
    world = World(
        DeploymentSettings(
            strategy=Strategy.BLUE_GREEN, bake_minutes=5, hooks=(hook(HookStage.PRODUCTION_TRAFFIC_SHIFT),)
        )
    )
    world.go()
    world.answer()
    world.go(stop(world.deployment, world.now))
    failed = world.answer(HookStatus.FAILED, reason="it answered FAILED")
    assert (failed.status, failed.traffic) == (Status.ROLLBACK_FAILED, NOTHING)
    assert "StopServiceDeployment; while it was rolled back, at PRODUCTION_TRAFFIC_SHIFT" in failed.reason


def test_a_hook_in_progress_is_called_again_after_its_delay_with_its_details() -> None:
    """30 seconds, or what it asked for; what it returned as hookDetails comes with the next call."""
    world = World(
        DeploymentSettings(
            strategy=Strategy.BLUE_GREEN, hooks=(hook(HookStage.POST_SCALE_UP, details="begin"),)
        )
    )
    world.go()
    world.answer(HookStatus.IN_PROGRESS, details={"job": 7})
    assert world.look_at == 30
    world.now = 29
    world.go()
    assert len(world.called) == 1
    world.now = 30
    world.go()
    world.answer(HookStatus.IN_PROGRESS, call_again=90)
    assert [run.details for run in world.called] == ["begin", {"job": 7}]
    assert world.look_at == 120


def test_a_hook_that_never_ends_times_out_and_rolls_back_unless_it_is_to_go_on() -> None:
    """A day without an end; its action says what happens then."""
    stages = HookStage.POST_SCALE_UP
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN, hooks=(hook(stages),)))
    world.go()
    assert world.later(24 * 60).status is Status.ROLLBACK_SUCCESSFUL
    assert "no end within 1440 minutes" in world.deployment.reason
    going_on = hook(stages, timeout_minutes=1, timeout_action=HookAction.CONTINUE)
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN, hooks=(going_on,)))
    world.go()
    assert world.later(1).status is Status.SUCCESSFUL


def test_a_pause_waits_until_somebody_continues_and_each_step_has_a_new_one() -> None:
    """CONTINUE goes on, ROLLBACK goes back; a hook id that is over, or no pause, changes nothing."""
    paused = pause(HookStage.PRE_PRODUCTION_TRAFFIC_SHIFT)
    settings = DeploymentSettings(strategy=Strategy.CANARY, step_percent=5, step_minutes=1, hooks=(paused,))
    world = World(settings)
    (first,) = world.go().hooks
    assert (first.status, world.look_at) == (HookStatus.AWAITING_ACTION, 24 * 3600)
    assert continue_hook(world.deployment, "other", HookAction.CONTINUE, 0) == world.deployment
    world.go(continue_hook(world.deployment, first.id, HookAction.CONTINUE, 0))
    (second,) = world.later(1).hooks
    assert second.id != first.id
    back = world.go(continue_hook(world.deployment, second.id, HookAction.ROLLBACK, world.now))
    assert (back.status, back.reason) == (Status.ROLLBACK_SUCCESSFUL, "a rollback was requested at a pause")
    assert world.called == []


def test_an_alarm_that_was_red_before_does_not_count() -> None:
    """It is ignored for the whole deployment; one that turns red later is not."""
    settings = DeploymentSettings(strategy=Strategy.BLUE_GREEN, bake_minutes=5, alarms=ALARMS)
    world = World(settings, red=frozenset({"errors"}))
    assert world.go().stage is Stage.BAKE_TIME
    world.red = frozenset()
    world.go()
    world.red = frozenset({"errors"})
    assert world.go().stage is Stage.BAKE_TIME
    world.red = frozenset({"errors", "latency"})
    assert world.go().reason == "CloudWatch alarm in ALARM: latency"


def test_the_circuit_breaker_turns_back_at_its_threshold() -> None:
    """Three failed tasks of two wanted; without rollback it stops, without being enabled it goes on."""
    for breaker, status in (
        (BREAKER, Status.ROLLBACK_SUCCESSFUL),
        (replace(BREAKER, rollback=False), Status.STOPPED),
        (DeploymentCircuitBreaker(), Status.IN_PROGRESS),
    ):
        world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN, breaker=breaker), target_healthy=0)
        world.go(replace(world.deployment, failures=2))
        assert world.deployment.status is Status.IN_PROGRESS
        assert world.go(replace(world.deployment, failures=3)).status is status


def test_a_deployment_that_removes_its_source_cannot_be_stopped_any_more() -> None:
    """Before that it can, and goes back whatever was configured."""
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN), source_tasks=2)
    cleaning = world.go()
    assert cleaning.stage is Stage.CLEAN_UP
    assert stop(cleaning, 0) == cleaning
    early = begin(target="green", source="blue", settings=world.settings, now=0)
    assert stop(early, 0).status is Status.ROLLBACK_REQUESTED


def test_a_deployment_of_no_tasks_says_so() -> None:
    """With a desired count of 0 it succeeds although nothing of it ever ran."""
    world = World(DeploymentSettings(strategy=Strategy.BLUE_GREEN), desired=0, target_healthy=0)
    assert world.go().status is Status.SUCCESSFUL
    assert "desired count is 0" in world.deployment.reason
