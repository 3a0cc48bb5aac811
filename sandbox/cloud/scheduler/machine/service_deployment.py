"""A service deployment as a value: where it is, what traffic it wants, and why it turned back. Pure.

It changes only through `begin`, `fail`, `stop`, `supersede`, `answer_hook` and `continue_hook` here, and
through `advance` (advancing.py). Nothing here starts a task, writes a weight or calls a function. Times are
seconds of AWS.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, HookAction, HookTarget
from sandbox.cloud.scheduler.machine.hook_runs import HookAnswer, HookRun, HookStatus, answer
from sandbox.cloud.scheduler.machine.lifecycle import (
    NOTHING,
    LifecycleStep,
    Stage,
    TargetTraffic,
    forward_steps,
    rollback_steps,
)


class Status(StrEnum):
    """The status of a service deployment."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


ENDED = frozenset({Status.SUCCESSFUL, Status.STOPPED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED})
FORWARD = frozenset({Status.PENDING, Status.IN_PROGRESS})
NO_WAY_BACK = "no rollback candidate was found to run the rollback"
"""What ECS says of a first deployment that fails."""


class Cause(StrEnum):
    """What made a deployment fail."""

    HOOK = "HOOK"
    ALARM = "ALARM"
    BREAKER = "BREAKER"
    REQUEST = "REQUEST"
    TRAFFIC = "TRAFFIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeployment:
    """One service deployment: `target` and `source` are deployment ids, one for each service revision.

    `traffic` is what the target is to have now, `hooks` are those of the present step, `turned_back_at` is
    when a rollback was decided, `red_before` are the alarms that were in ALARM when it began: they do not
    count.
    """

    target: str
    source: str | None
    settings: DeploymentSettings
    steps: tuple[LifecycleStep, ...]
    position: int = 0
    traffic: TargetTraffic = NOTHING
    hooks: tuple[HookRun, ...] = ()
    hooks_begun: bool = False
    bake_until: float | None = None
    status: Status = Status.PENDING
    reason: str = ""
    cause: Cause | None = None
    red_before: frozenset[str] = frozenset()
    red: frozenset[str] = frozenset()
    failures: int = 0
    hook_failed: str = ""
    created_at: float = 0.0
    started_at: float | None = None
    turned_back_at: float | None = None
    ended_at: float | None = None

    @property
    def step(self) -> LifecycleStep:
        """The present step."""
        return self.steps[min(self.position, len(self.steps) - 1)]

    @property
    def stage(self) -> Stage:
        """The present stage."""
        return self.step.stage

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in ENDED

    @property
    def turned_back(self) -> bool:
        """Whether it goes, or went, back to its source."""
        return self.turned_back_at is not None

    @property
    def can_stop(self) -> bool:
        """Whether StopServiceDeployment can still turn it back: not once its source is being removed."""
        return self.status in FORWARD and self.stage is not Stage.CLEAN_UP

    def production_weights(self) -> Mapping[str, float]:
        """The percentages of production traffic by revision; nothing before a first revision has any."""
        return self._weights(self.traffic.production)

    def test_weights(self) -> Mapping[str, float]:
        """The percentages of test traffic by revision."""
        return self._weights(self.traffic.test)

    def _weights(self, target: float) -> Mapping[str, float]:
        if self.source is None:
            return {self.target: target} if target else {}
        return {self.target: target, self.source: round(100.0 - target, 1)}


def begin(
    *,
    target: str,
    source: str | None,
    settings: DeploymentSettings,
    now: float,
    reconcile: bool = False,
    alarm_minutes: float = 0.0,
) -> ServiceDeployment:
    """A deployment that nothing was done for yet."""
    return ServiceDeployment(
        target=target,
        source=source,
        settings=settings,
        steps=forward_steps(settings, first=source is None, reconcile=reconcile, alarm_minutes=alarm_minutes),
        created_at=now,
    )


def fail(deployment: ServiceDeployment, cause: Cause, reason: str, now: float) -> ServiceDeployment:
    """Give up going forward: turn back, or stop where there is nothing to go back to.

    A failed circuit breaker or alarm turns back only if it was set to; a hook and a request always do. One
    that has ended, or goes back already, stays as it is; only tasks can fail the way back, too.
    """
    if deployment.turned_back and not deployment.ended and cause is Cause.BREAKER:
        return replace(deployment, status=Status.ROLLBACK_FAILED, reason=reason, hooks=(), ended_at=now)
    if deployment.status not in FORWARD:
        return deployment
    settings = deployment.settings
    back = {Cause.BREAKER: settings.breaker.rollback, Cause.ALARM: settings.alarms.rollback}.get(cause, True)
    stopped = replace(deployment, cause=cause, hooks=_without_open(deployment.hooks), bake_until=None)
    if not back or deployment.source is None:
        missing = f"; {NO_WAY_BACK}" if back else ""
        return replace(stopped, status=Status.STOPPED, reason=f"{reason}{missing}", ended_at=now)
    return replace(
        stopped,
        status=Status.ROLLBACK_REQUESTED,
        reason=reason,
        steps=rollback_steps(deployment.traffic, rolling=not settings.shifts_traffic),
        position=0,
        hooks=(),
        hooks_begun=False,
        turned_back_at=now,
    )


def _without_open(hooks: tuple[HookRun, ...]) -> tuple[HookRun, ...]:
    return tuple(
        replace(run, status=HookStatus.FAILED, reason=run.reason or "the deployment ended")
        if run.open
        else run
        for run in hooks
    )


def stop(deployment: ServiceDeployment, now: float) -> ServiceDeployment:
    """StopServiceDeployment: go back, whatever was configured."""
    if not deployment.can_stop:
        return deployment
    return fail(deployment, Cause.REQUEST, "a rollback was requested by StopServiceDeployment", now)


def supersede(deployment: ServiceDeployment, by: str, now: float) -> ServiceDeployment:
    """Another deployment of the service began: this one ends where it is, and that one reconciles."""
    if deployment.ended:
        return deployment
    return replace(
        deployment,
        status=Status.STOPPED,
        reason=f"superseded by deployment {by}",
        hooks=_without_open(deployment.hooks),
        ended_at=now,
    )


def answer_hook(
    deployment: ServiceDeployment, hook_id: str, given: HookAnswer, now: float
) -> ServiceDeployment:
    """Take what a hook's function answered."""
    runs = tuple(answer(run, given, now) if run.id == hook_id else run for run in deployment.hooks)
    return replace(deployment, hooks=runs)


def continue_hook(
    deployment: ServiceDeployment, hook_id: str, action: HookAction, now: float
) -> ServiceDeployment:
    """ContinueServiceDeployment: end a pause, one way or the other."""
    paused = next((run for run in deployment.hooks if run.id == hook_id and run.open), None)
    if paused is None or paused.hook.target is not HookTarget.PAUSE:
        return deployment
    if action is HookAction.ROLLBACK:
        return fail(deployment, Cause.REQUEST, "a rollback was requested at a pause", now)
    done = replace(paused, status=HookStatus.SUCCEEDED)
    return replace(deployment, hooks=tuple(done if run is paused else run for run in deployment.hooks))
