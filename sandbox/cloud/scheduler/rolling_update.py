"""Decides which tasks of a service to start and to stop. Pure.

`plan` looks at one service at one moment and returns a list of actions. It keeps, at every step:

- at least `minimumHealthyPercent` of the desired count healthy (rounded up), as far as it depends on the
  plan;
- at most `maximumPercent` of it starting or healthy (rounded down);
- new tasks first: an old task goes only when a new healthy one has taken its place, or when
  `maximumPercent` leaves no room for a new one and `minimumHealthyPercent` lets an old one go.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.cloud.scheduler.deployments import Rollout, RolloutState
from sandbox.cloud.tasks.phase import Phase, TaskView


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGoal:
    """The desired count of a service, and the limits that a deployment has to keep, in percent of it."""

    desired: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200

    @property
    def fewest_healthy(self) -> int:
        """How many tasks must stay healthy."""
        return math.ceil(self.desired * self.minimum_healthy_percent / 100)

    @property
    def most_running(self) -> int:
        """How many tasks may start or run at once."""
        return self.desired * self.maximum_percent // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask:
    """Start one task of the primary deployment."""

    deployment_id: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainTask:
    """Take a healthy task out of the load balancer, let it finish its requests, then stop it."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTask:
    """Stop a task that serves no requests."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteDeployment:
    """Complete the primary deployment: all its tasks are healthy, and no others are left."""

    deployment_id: str


TaskAction = StartTask | DrainTask | StopTask | CompleteDeployment


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """Actions in order, and when to plan again if nothing happens before (a time on the caller's clock)."""

    actions: tuple[TaskAction, ...] = ()
    wake_at: float | None = None


def plan(goal: ServiceGoal | None, rollout: Rollout, tasks: Sequence[TaskView], *, now: float) -> TaskPlan:
    """Decide what to do next; `goal` None means that the service was deleted."""
    if goal is None:
        return TaskPlan(
            actions=tuple(end_task(task, "the service was deleted") for task in _not_draining(tasks))
        )
    unhealthy = [task for task in tasks if task.phase is Phase.UNHEALTHY]
    alive = [task for task in _not_draining(tasks) if task.phase is not Phase.UNHEALTHY]
    new = [task for task in alive if task.deployment_id == rollout.primary.id]
    old = [task for task in alive if task.deployment_id != rollout.primary.id]

    actions: list[TaskAction] = [
        StopTask(task_id=task.id, reason="failed its health checks") for task in unhealthy
    ]
    actions += _stop_surplus(goal, new)
    starts, wake_at = _start_missing(goal, rollout, new, old, now)
    actions += starts
    actions += _stop_replaced(goal, rollout, new, old)
    settled = len(tasks) == len(new) == goal.desired and all(task.phase is Phase.HEALTHY for task in new)
    if settled and rollout.primary.state is RolloutState.IN_PROGRESS:
        actions.append(CompleteDeployment(deployment_id=rollout.primary.id))
    return TaskPlan(actions=tuple(actions), wake_at=wake_at)


def _not_draining(tasks: Sequence[TaskView]) -> list[TaskView]:
    return [task for task in tasks if task.phase is not Phase.DRAINING]


def end_task(task: TaskView, reason: str) -> TaskAction:
    """Drain a healthy task, which may be serving requests; stop any other."""
    if task.phase is Phase.HEALTHY:
        return DrainTask(task_id=task.id, reason=reason)
    return StopTask(task_id=task.id, reason=reason)


def _stop_surplus(goal: ServiceGoal, new: Sequence[TaskView]) -> list[TaskAction]:
    """Stop what is more than desired: first tasks that do not serve yet, then the youngest."""
    ranked = sorted(new, key=lambda task: (task.phase is Phase.HEALTHY, -task.sequence))
    return [end_task(task, "the service was scaled in") for task in ranked[: max(0, len(new) - goal.desired)]]


def _start_missing(
    goal: ServiceGoal, rollout: Rollout, new: Sequence[TaskView], old: Sequence[TaskView], now: float
) -> tuple[list[TaskAction], float | None]:
    primary = rollout.primary
    wanted = min(goal.desired - len(new), goal.most_running - len(new) - len(old))
    if wanted <= 0 or primary.state is RolloutState.FAILED:
        return [], None
    if primary.not_before > now:
        return [], primary.not_before
    start = StartTask(deployment_id=primary.id, definition=primary.definition)
    return [start] * wanted, None


def _stop_replaced(
    goal: ServiceGoal, rollout: Rollout, new: Sequence[TaskView], old: Sequence[TaskView]
) -> list[TaskAction]:
    """Stop tasks of earlier deployments that are no longer needed, or that take the room of new ones."""
    reason = f"replaced by deployment {rollout.primary.id}"
    idle = [task for task in old if task.phase is not Phase.HEALTHY]
    serving = sorted((task for task in old if task.phase is Phase.HEALTHY), key=lambda task: task.sequence)
    kept_new = min(len(new), goal.desired)
    healthy_new = min(sum(task.phase is Phase.HEALTHY for task in new), goal.desired)
    spare = healthy_new + len(serving) - goal.desired
    missing = goal.desired - kept_new
    room = goal.most_running - kept_new - len(serving)
    if missing > 0 and room <= 0 and rollout.primary.state is not RolloutState.FAILED:
        in_the_way = min(missing, healthy_new + len(serving) - goal.fewest_healthy)
        spare = max(spare, in_the_way)
    return [end_task(task, reason) for task in [*idle, *serving[: max(0, spare)]]]
