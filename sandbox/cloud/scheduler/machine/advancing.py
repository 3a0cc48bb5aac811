"""Takes a service deployment as far as it can go at one moment. Pure.

A step is done when its traffic is in force, its hooks have answered, and its bake is over; what it waits for
otherwise is the stage's own: tasks that are to become healthy or to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.cloud.ecs.deployment_settings import HookTarget
from sandbox.cloud.scheduler.machine.hook_runs import HookRun, begin_hooks, due_calls, expire, next_moment
from sandbox.cloud.scheduler.machine.lifecycle import Stage, TargetTraffic
from sandbox.cloud.scheduler.machine.service_deployment import (
    FORWARD,
    Cause,
    ServiceDeployment,
    Status,
    fail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a deployment looks at. `routed` is the traffic that the routers are known to give the target.

    `settled`: of a rolling deployment, whether all tasks are of the revision that it moves to, and healthy.
    `others` counts tasks of any revision but target and source. `red` are the alarms in ALARM.
    """

    desired: int
    target_healthy: int = 0
    target_tasks: int = 0
    source_tasks: int = 0
    others: int = 0
    settled: bool = False
    routed: TargetTraffic
    red: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The deployment as it is now, the hooks to call now, and when to look again at the latest."""

    deployment: ServiceDeployment
    calls: tuple[HookRun, ...] = ()
    look_at: float | None = None


def advance(
    deployment: ServiceDeployment, sight: Sight, *, now: float, new_id: Callable[[HookTarget], str]
) -> Advance:
    """Go on as far as possible; `new_id` makes the ids of hooks."""
    calls: list[HookRun] = []
    found = _watch(_start(deployment, sight, now), sight, now)
    while not found.ended:
        before = found
        found = _run_step(_start(found, sight, now), sight, now, new_id, calls)
        if found == before:
            break
    waits = (next_moment(found.hooks), found.bake_until)
    looks = [moment for moment in waits if moment is not None and moment > now]
    live = {run.id for run in found.hooks if run.open}
    return Advance(
        deployment=found,
        calls=tuple(run for run in calls if run.id in live),
        look_at=None if found.ended else min(looks, default=None),
    )


def _start(deployment: ServiceDeployment, sight: Sight, now: float) -> ServiceDeployment:
    if deployment.status is Status.PENDING:
        return replace(
            deployment,
            status=Status.IN_PROGRESS,
            reason="",
            started_at=now,
            red_before=sight.red & frozenset(deployment.settings.alarms.names),
        )
    if deployment.status is Status.ROLLBACK_REQUESTED:
        return replace(deployment, status=Status.ROLLBACK_IN_PROGRESS)
    return deployment


def _watch(deployment: ServiceDeployment, sight: Sight, now: float) -> ServiceDeployment:
    """Fail at an alarm that has turned red since the deployment began, and at too many failed tasks.

    Neither is looked at any more once the source is being removed.
    """
    settings = deployment.settings
    if deployment.status not in FORWARD or deployment.stage is Stage.CLEAN_UP:
        return deployment
    red = (sight.red & frozenset(settings.alarms.names)) - deployment.red_before
    if settings.alarms.enabled and red:
        names = ", ".join(sorted(red))
        deployment = replace(deployment, red=red)
        return fail(deployment, Cause.ALARM, f"CloudWatch alarm in ALARM: {names}", now)
    threshold = settings.breaker.threshold(sight.desired)
    if settings.breaker.enabled and deployment.failures >= threshold:
        reason = f"the deployment circuit breaker was triggered: {deployment.failures} tasks failed to start"
        return fail(deployment, Cause.BREAKER, reason, now)
    return deployment


def _run_step(
    deployment: ServiceDeployment,
    sight: Sight,
    now: float,
    new_id: Callable[[HookTarget], str],
    calls: list[HookRun],
) -> ServiceDeployment:
    step = deployment.step
    if deployment.traffic != step.traffic:
        if step.traffic.production > deployment.traffic.production and not _healthy(sight):
            return deployment
        return replace(deployment, traffic=step.traffic)
    if not _ready(deployment, sight):
        return deployment
    if not deployment.hooks_begun:
        hooks = deployment.settings.hooks_at(step.hooks) if step.hooks else ()
        runs = begin_hooks(hooks, step.hooks, new_id, now) if step.hooks else ()
        return replace(deployment, hooks=runs, hooks_begun=True)
    runs, due = due_calls(expire(deployment.hooks, now), now)
    calls.extend(due)
    deployment = replace(deployment, hooks=runs)
    failed = next((run for run in runs if run.failed), None)
    if failed is not None and not deployment.turned_back:
        return fail(deployment, Cause.HOOK, _why(failed), now)
    if failed is not None and not deployment.hook_failed:
        deployment = replace(deployment, hook_failed=_why(failed))
    if any(run.open for run in runs):
        return deployment
    if deployment.bake_until is None and step.bake_minutes:
        return replace(deployment, bake_until=now + step.bake_minutes * 60)
    if deployment.bake_until is not None and now < deployment.bake_until:
        return deployment
    return _next_step(deployment, sight, now)


def _healthy(sight: Sight) -> bool:
    return sight.target_healthy >= sight.desired


def _ready(deployment: ServiceDeployment, sight: Sight) -> bool:
    """Whether what the stage brings about is there, so that its hooks may be called."""
    rolling = not deployment.settings.shifts_traffic
    match deployment.stage:
        case Stage.RECONCILE_SERVICE:
            return sight.others == 0 and sight.routed == deployment.traffic
        case Stage.SCALE_UP if rolling:
            return sight.settled
        case Stage.SCALE_UP:
            return _healthy(sight)
        case Stage.TEST_TRAFFIC_SHIFT | Stage.PRODUCTION_TRAFFIC_SHIFT:
            return sight.routed == deployment.traffic
        case Stage.CLEAN_UP if rolling:
            return sight.settled
        case Stage.CLEAN_UP:
            left = sight.target_tasks if deployment.turned_back else sight.source_tasks
            return left + sight.others == 0
        case _:
            return True


def _next_step(deployment: ServiceDeployment, sight: Sight, now: float) -> ServiceDeployment:
    if deployment.position + 1 < len(deployment.steps):
        return replace(
            deployment,
            position=deployment.position + 1,
            hooks=(),
            hooks_begun=False,
            bake_until=None,
        )
    if deployment.turned_back:
        status = Status.ROLLBACK_FAILED if deployment.hook_failed else Status.ROLLBACK_SUCCESSFUL
        also = f"; while it was rolled back, {deployment.hook_failed}" if deployment.hook_failed else ""
        return replace(deployment, status=status, reason=f"{deployment.reason}{also}", ended_at=now)
    none = "no task of the target revision ever ran: the desired count is 0" if sight.desired == 0 else ""
    return replace(deployment, status=Status.SUCCESSFUL, reason=none, ended_at=now)


def _why(run: HookRun) -> str:
    return f"at {run.stage}, {run.label}: {run.reason}"
