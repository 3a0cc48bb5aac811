"""Decides which tasks to start and to stop while two revisions of a service run side by side. Pure.

Each revision that is wanted has its own count; tasks of any other end. Nothing of one revision waits for, or
makes way for, the other: twice the desired count runs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.cloud.scheduler.deployments import Deployment, Rollout, RolloutState
from sandbox.cloud.scheduler.machine.lifecycle import Stage
from sandbox.cloud.scheduler.machine.service_deployment import ServiceDeployment, Status
from sandbox.cloud.scheduler.rolling_update import (
    StartTask,
    StopTask,
    TaskAction,
    TaskPlan,
    end_task,
)
from sandbox.cloud.tasks.phase import Phase, TaskView

Wanted = tuple[tuple[Deployment, int], ...]
_NOT_SCALED = frozenset({Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP})


def wanted_counts(deployment: ServiceDeployment, rollout: Rollout, desired: int) -> Wanted:
    """How many tasks each revision is to have now."""
    cleaning = deployment.stage is Stage.CLEAN_UP
    if deployment.status is Status.SUCCESSFUL:
        return ((rollout.primary, desired),)
    if deployment.turned_back:
        failed = rollout.rolled_back
        kept = () if failed is None or cleaning or deployment.ended else ((failed, desired),)
        return ((rollout.primary, desired), *kept)
    target = (rollout.primary, 0 if deployment.stage in _NOT_SCALED else desired)
    source = rollout.source
    return (target,) if source is None or cleaning else (target, (source, desired))


def plan_side_by_side(wanted: Wanted, tasks: Sequence[TaskView], *, now: float) -> TaskPlan:
    """Decide what to do next."""
    alive = [task for task in tasks if task.phase not in (Phase.DRAINING, Phase.UNHEALTHY)]
    actions: list[TaskAction] = [
        StopTask(task_id=task.id, reason="failed its health checks")
        for task in tasks
        if task.phase is Phase.UNHEALTHY
    ]
    known = {deployment.id for deployment, _ in wanted}
    actions += [
        end_task(task, "its revision is not wanted any more")
        for task in alive
        if task.deployment_id not in known
    ]
    wakes: list[float] = []
    for deployment, count in wanted:
        own = [task for task in alive if task.deployment_id == deployment.id]
        actions += _end_surplus(own, count)
        missing = count - len(own)
        if missing <= 0 or deployment.state is RolloutState.FAILED:
            continue
        if deployment.not_before > now:
            wakes.append(deployment.not_before)
        else:
            actions += [StartTask(deployment_id=deployment.id, definition=deployment.definition)] * missing
    return TaskPlan(actions=tuple(actions), wake_at=min(wakes, default=None))


def _end_surplus(own: Iterable[TaskView], count: int) -> list[TaskAction]:
    """End what is more than wanted: first tasks that do not serve yet, then the youngest."""
    ranked = sorted(own, key=lambda task: (task.phase is Phase.HEALTHY, -task.sequence))
    return [end_task(task, "it is not wanted any more") for task in ranked[: max(0, len(ranked) - count)]]
