"""Service deployments as a state machine: whatever happens, in whatever order."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
from sandbox.cloud.scheduler.machine.hook_runs import HookAnswer, HookStatus
from sandbox.cloud.scheduler.machine.lifecycle import NOTHING, Stage
from sandbox.cloud.scheduler.machine.service_deployment import (
    ENDED,
    Status,
    answer_hook,
    begin,
    continue_hook,
    stop,
)
from tests.support.effort import effort

ALARMS = DeploymentAlarms(names=("errors", "latency"), enabled=True, rollback=True)
BREAKER = DeploymentCircuitBreaker(enabled=True, rollback=True)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:smoke"
SUCCEEDED = HookAnswer(status=HookStatus.SUCCEEDED)


@st.composite
def deployments(draw: st.DrawFn) -> DeploymentSettings:
    strategy = draw(st.sampled_from([Strategy.BLUE_GREEN, Strategy.CANARY, Strategy.LINEAR]))
    lambdas = st.builds(
        LifecycleHook,
        target_arn=st.just(ARN),
        stages=st.frozensets(st.sampled_from(HookStage), min_size=1),
        timeout_minutes=st.sampled_from([1.0, 1440.0]),
        timeout_action=st.sampled_from(HookAction),
    )
    pauses = st.builds(
        LifecycleHook,
        target=st.just(HookTarget.PAUSE),
        stages=st.frozensets(st.sampled_from(sorted(set(HookStage) - SHIFTS)), min_size=1),
        timeout_minutes=st.sampled_from([1.0, 1440.0]),
        timeout_action=st.sampled_from(HookAction),
    )
    return DeploymentSettings(
        strategy=strategy,
        bake_minutes=draw(st.sampled_from([0.0, 1.0, 15.0])),
        step_percent=draw(st.sampled_from([3.0, 12.5, 33.3, 50.0, 100.0])),
        step_minutes=draw(st.sampled_from([0.0, 6.0])),
        hooks=tuple(
            replace(each, target_arn=f"{ARN}-{number}") if each.target is HookTarget.AWS_LAMBDA else each
            for number, each in enumerate(draw(st.lists(lambdas | pauses, max_size=3)))
        ),
        alarms=draw(st.sampled_from([DeploymentAlarms(), ALARMS])),
        breaker=draw(st.sampled_from([DeploymentCircuitBreaker(), BREAKER])),
    )


class Deploying(RuleBasedStateMachine):
    """One deployment of two tasks among failures, answers, alarms, stop and continue calls, in any order."""

    @initialize(settings=deployments(), source=st.sampled_from(["blue", None]), reconcile=st.booleans())
    def begin(self, settings: DeploymentSettings, source: str | None, reconcile: bool) -> None:
        self.settings = settings
        self.now = 0.0
        self.healthy = 0
        self.source_tasks = 2 if source else 0
        self.target_tasks = 0
        self.red: frozenset[str] = frozenset()
        self.routed = NOTHING
        self.ids = itertools.count(1)
        self.calls: Counter[tuple[HookStage, int, bool]] = Counter()
        self.deployment = begin(
            target="green",
            source=source,
            settings=settings,
            now=0,
            reconcile=reconcile and source is not None,
        )
        self.at_rest = self.deployment
        self.look()

    def look(self) -> None:
        """Advance once, and check what came of it."""
        before = self.deployment
        sight = Sight(
            desired=2,
            target_healthy=self.healthy,
            target_tasks=self.target_tasks,
            source_tasks=self.source_tasks,
            routed=self.routed,
            red=self.red,
        )
        progress = advance(before, sight, now=self.now, new_id=lambda kind: f"{kind}-{next(self.ids)}")
        after = self.deployment = progress.deployment
        self.look_at = progress.look_at
        if after.traffic.production > before.traffic.production:
            assert self.healthy == 2, "traffic came to an unhealthy revision"
            assert not after.turned_back
        for run in progress.calls:
            assert run.hook.target is HookTarget.AWS_LAMBDA
            if run.stage in SHIFTS:
                assert self.routed == after.traffic, "a hook saw weights that are not in force"
            if run.calls == 1:
                self.calls[run.stage, self.settings.hooks.index(run.hook), after.turned_back] += 1

    @rule()
    def routers_follow(self) -> None:
        self.routed = self.deployment.traffic
        self.look()

    @rule(healthy=st.integers(0, 2))
    def tasks_change(self, healthy: int) -> None:
        scaled = Stage.PRE_SCALE_UP not in {
            step.stage for step in self.deployment.steps[self.deployment.position :]
        }
        self.target_tasks = 2 if scaled else 0
        self.healthy = healthy if scaled else 0
        self.look()

    @rule()
    def a_task_fails(self) -> None:
        self.deployment = replace(self.deployment, failures=self.deployment.failures + 1)
        self.look()

    @rule(red=st.frozensets(st.sampled_from(["errors", "latency", "other"])))
    def alarms_change(self, red: frozenset[str]) -> None:
        self.red = red
        self.look()

    @precondition(lambda self: any(run.open for run in self.deployment.hooks))
    @rule(
        status=st.sampled_from([HookStatus.SUCCEEDED] * 4 + [HookStatus.FAILED, HookStatus.IN_PROGRESS]),
        action=st.sampled_from([HookAction.CONTINUE] * 4 + [HookAction.ROLLBACK]),
        which=st.integers(0, 5),
    )
    def a_hook_is_answered(self, status: HookStatus, action: HookAction, which: int) -> None:
        runs = [run for run in self.deployment.hooks if run.open]
        run = runs[which % len(runs)]
        given = HookAnswer(status=status)
        self.deployment = (
            continue_hook(self.deployment, run.id, action, self.now)
            if run.hook.target is HookTarget.PAUSE
            else answer_hook(self.deployment, run.id, given, self.now)
        )
        self.look()

    @rule()
    def it_is_stopped(self) -> None:
        before = self.deployment
        self.deployment = stop(before, self.now)
        assert (self.deployment == before) is not before.can_stop
        self.look()

    @rule(minutes=st.sampled_from([0.1, 1.0, 6.0, 1440.0]))
    def time_passes(self, minutes: float) -> None:
        self.now += minutes * 60
        self.look()

    @rule()
    def it_is_let_to_its_end(self) -> None:
        """Whatever happened: with working tasks and answers it comes to an end."""
        for _ in range(2000):
            if self.deployment.ended:
                break
            self.routed, self.healthy, self.target_tasks = self.deployment.traffic, 2, 2
            if self.deployment.stage is Stage.CLEAN_UP:
                if self.deployment.turned_back:
                    self.target_tasks = 0
                else:
                    self.source_tasks = 0
            for run in self.deployment.hooks:
                if run.open and run.hook.target is HookTarget.PAUSE:
                    self.deployment = continue_hook(self.deployment, run.id, HookAction.CONTINUE, self.now)
                elif run.open:
                    self.deployment = answer_hook(self.deployment, run.id, SUCCEEDED, self.now)
            before = self.deployment
            self.look()
            if self.deployment == before and self.look_at is not None:
                self.now = max(self.now, self.look_at)
        assert self.deployment.ended, "it never ends"

    @invariant()
    def weights_are_whole_and_go_to_source_and_target_alone(self) -> None:
        for weights in (self.deployment.production_weights(), self.deployment.test_weights()):
            assert set(weights) <= {"green", "blue"}
            assert sum(weights.values()) == (100 if weights else 0)
            assert all(0 <= weight <= 100 for weight in weights.values())

    @invariant()
    def outside_of_a_shift_one_revision_has_all(self) -> None:
        stage, production = self.deployment.stage, self.deployment.traffic.production
        if not self.deployment.ended and stage is not Stage.PRODUCTION_TRAFFIC_SHIFT:
            assert production in (0, 100)

    @invariant()
    def an_end_is_final_and_leaves_no_hook_open(self) -> None:
        if self.deployment.status in ENDED:
            assert self.deployment.ended_at is not None
            assert not any(run.open for run in self.deployment.hooks)
            assert self.deployment.source is not None or not self.deployment.turned_back

    @invariant()
    def a_rollback_gives_back_all_traffic(self) -> None:
        if self.deployment.status in (Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED):
            assert self.deployment.traffic == NOTHING
            assert self.deployment.production_weights() == {"green": 0, "blue": 100}

    @invariant()
    def success_gives_all_traffic_to_the_target(self) -> None:
        if self.deployment.status is Status.SUCCESSFUL:
            assert self.deployment.production_weights()["green"] == 100

    @invariant()
    def hooks_are_called_as_often_as_their_stages_come(self) -> None:
        """Once at single stages, at each step of a shift, and again for each shift that goes back."""
        steps = Counter(
            step.hooks
            for step in begin(
                target="g",
                source=self.deployment.source,
                settings=self.settings,
                now=0,
                reconcile=True,
            ).steps
        )
        for (stage, _, back), count in self.calls.items():
            assert count <= (int(stage in SHIFTS) if back else steps[stage])


TestDeploying = Deploying.TestCase
TestDeploying.settings = hypothesis_settings(
    max_examples=effort(40, quick=25), stateful_step_count=30, deadline=None
)
