"""Runs one ECS service: carries out what the plans say of its tasks, and counts the tasks that fail."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.ecs.emulated_ecs import new_deployment_id
from sandbox.cloud.ecs.reader import EcsSnapshot
from sandbox.cloud.ecs.service import DesiredService
from sandbox.cloud.scheduler.deployment_run import CloudSurroundings, DeploymentRun
from sandbox.cloud.scheduler.deployments import (
    Rollout,
    RolloutState,
    TaskFailure,
    begin_rollout,
    break_circuit,
    can_roll_back,
    complete_rollout,
    count_failure,
    fail_rollout,
    forgive_failures,
    retarget_rollout,
    roll_back,
    turn_back,
)
from sandbox.cloud.scheduler.machine.advancing import Sight
from sandbox.cloud.scheduler.machine.lifecycle import NOTHING
from sandbox.cloud.scheduler.machine.service_deployment import Cause, ServiceDeployment, Status
from sandbox.cloud.scheduler.rolling_update import (
    CompleteDeployment,
    DrainTask,
    ServiceGoal,
    StartTask,
    StopTask,
    TaskPlan,
    plan,
)
from sandbox.cloud.scheduler.side_by_side import plan_side_by_side, wanted_counts
from sandbox.cloud.tasks.phase import Phase
from sandbox.cloud.tasks.task_run import TaskDependencies, TaskRun, TaskSpec

_ROUNDS = 20
"""Plans in one reconciliation; more would mean that carrying out a plan never satisfies it."""


class ServiceRun:
    """The tasks and the rollout of one service. Used in the runner's event loop alone."""

    def __init__(
        self,
        service: DesiredService,
        *,
        dependencies: TaskDependencies,
        ports: Callable[[], int],
        sequence: Callable[[], int],
        on_change: Callable[[], None],
        surroundings: CloudSurroundings,
    ) -> None:
        """Nothing starts before the first `reconcile`."""
        self.service = service
        self.wanted = True
        self.tasks: dict[str, TaskRun] = {}
        self.rollout: Rollout = begin_rollout(
            service.deployment_id, service.definition.arn, service.definition.label
        )
        self._definitions: dict[str, TaskDefinition] = {service.definition.arn: service.definition}
        self._dependencies = dependencies
        self._ports = ports
        self._sequence = sequence
        self._on_change = on_change
        self._failed: set[str] = set()
        self._healthy: set[str] = set()
        self._settled = False
        self.deploying = DeploymentRun(service, surroundings, on_change)

    @property
    def ended(self) -> bool:
        """Whether the service was deleted and has no tasks any more."""
        return not self.wanted and not self.tasks

    def update_desired(self, service: DesiredService | None) -> None:
        """Take over what was read of the service; None means that it was deleted."""
        self.wanted = service is not None
        if service is not None:
            self.service = service
            definition = service.definition
            self._definitions[definition.arn] = definition
            before = self.rollout
            self.rollout = retarget_rollout(
                before,
                service.deployment_id,
                definition.arn,
                definition.label,
                shifts=service.deployment.shifts_traffic,
            )
            if self.rollout.primary.id != before.primary.id:
                self._open_deployment()

    def _open_deployment(self) -> None:
        """Begin the service deployment of the new primary deployment.

        A rolling update has a way back only to another task definition.
        """
        rollout, shifts = self.rollout, self.service.deployment.shifts_traffic
        source = rollout.source.id if rollout.source and (shifts or can_roll_back(rollout)) else None
        self.deploying.open(self.service, source=source, slot=rollout.primary.slot)

    def slot(self, deployment_id: str) -> int:
        """Which of two target groups the tasks of a deployment are in."""
        return self.deploying.slots.get(deployment_id, self.rollout.primary.slot)

    def definition_label(self, arn: str | None) -> str:
        """`family:revision` of a task definition."""
        return (arn or "").rpartition("/")[2]

    def reconcile(self, snapshot: EcsSnapshot) -> float | None:
        """Plan and carry out until nothing is left to do; returns when to look again, in monotonic time."""
        self._collect()
        wakes: list[float | None] = []
        for _ in range(_ROUNDS):
            wakes = [self._deploy() if self.wanted else None]
            decided = self._plan()
            wakes.append(decided.wake_at)
            todo = [action for action in decided.actions if not isinstance(action, CompleteDeployment)]
            settled, self._settled = self._settled, len(todo) < len(decided.actions)
            if not todo and settled is self._settled:
                break
            for action in todo:
                self._carry_out(action, snapshot)
        return min((wake for wake in wakes if wake is not None), default=None)

    def _plan(self) -> TaskPlan:
        views, now = [task.view for task in self.tasks.values()], time.monotonic()
        goal, present = self._goal(), self.deploying.present
        if goal is None or not present.settings.shifts_traffic:
            return plan(goal, self.rollout, views, now=now)
        return plan_side_by_side(wanted_counts(present, self.rollout, goal.desired), views, now=now)

    def _deploy(self) -> float | None:
        """Take the service deployment on, and the rollout with it."""
        before = self.deploying.present
        wake_at = self.deploying.look(self.service, self._sight())
        present, primary = self.deploying.present, self.rollout.primary
        if present != before:
            self._on_change()
        if present.turned_back and self.rollout.rolled_back is None:
            self._turn_back(present)
        elif present.ended and primary.state is RolloutState.IN_PROGRESS:
            stopped = present.status is Status.STOPPED
            label = self.definition_label(primary.definition)
            self.rollout = (
                fail_rollout(self.rollout, present.reason)
                if stopped
                else complete_rollout(self.rollout, label)
            )
        return wake_at

    def _turn_back(self, present: ServiceDeployment) -> None:
        back_to = self.definition_label(self.rollout.source.definition if self.rollout.source else None)
        reason = f"rolling back to {back_to}: {present.reason}"
        self.rollout = fail_rollout(self.rollout, present.reason)
        if present.settings.shifts_traffic:
            self.rollout = turn_back(self.rollout, reason)
        else:
            self.rollout = roll_back(self.rollout, new_deployment_id(), reason)
            self._adopt()

    def _sight(self) -> Sight:
        """What the service deployment sees of the tasks."""
        present = self.deploying.present
        tasks = list(self.tasks.values())
        of_target = [task for task in tasks if task.spec.deployment_id == present.target]
        of_source = [task for task in tasks if task.spec.deployment_id == present.source]
        if not present.turned_back and not present.ended:
            self.deploying.count_failures(self.rollout.primary.failed_tasks)
        return Sight(
            desired=self.service.desired_count,
            target_healthy=sum(task.phase is Phase.HEALTHY for task in of_target),
            target_tasks=len(of_target),
            source_tasks=len(of_source),
            others=len(tasks) - len(of_target) - len(of_source),
            settled=self._settled,
            routed=NOTHING,
        )

    def _goal(self) -> ServiceGoal | None:
        if not self.wanted:
            return None
        return ServiceGoal(
            desired=self.service.desired_count,
            minimum_healthy_percent=self.service.minimum_healthy_percent,
            maximum_percent=self.service.maximum_percent,
        )

    def _collect(self) -> None:
        """Count tasks that failed, and drop tasks that ended."""
        for task in list(self.tasks.values()):
            if task.phase is Phase.HEALTHY and task.spec.id not in self._healthy:
                self._healthy.add(task.spec.id)
                if task.spec.deployment_id == self.rollout.primary.id:
                    self.rollout = forgive_failures(self.rollout, self.service.deployment.breaker)
            if task.phase is Phase.UNHEALTHY:
                self._count_failure(task, f"failed its health checks: {task.health_detail}")
            elif task.ended and task.failure is not None:
                self._count_failure(task, task.failure)
            if task.ended:
                del self.tasks[task.spec.id]
                self._failed.discard(task.spec.id)
                self._healthy.discard(task.spec.id)

    def _count_failure(self, task: TaskRun, reason: str) -> None:
        if task.spec.id in self._failed:
            return
        self._failed.add(task.spec.id)
        failure = TaskFailure(
            deployment_id=task.spec.deployment_id, reason=reason, healthy_for=task.healthy_for()
        )
        desired = self.service.desired_count
        self.rollout = count_failure(
            self.rollout,
            failure,
            self.service.deployment.breaker,
            desired=desired,
            now=time.monotonic(),
        )
        if self.deploying.present.settings.shifts_traffic:
            return  # the service deployment has its own way back
        before = self.rollout.primary
        self.rollout = break_circuit(
            self.rollout,
            self.service.deployment.breaker,
            desired=desired,
            new_id=new_deployment_id(),
            label=self.definition_label(self.rollout.primary.definition),
            back_to=self.definition_label(self.rollout.completed),
        )
        if self.rollout.primary is not before:
            failed = self.rollout.rolled_back or self.rollout.primary
            self.deploying.fail(Cause.BREAKER, failed.reason)
        if self.rollout.primary.id != before.id:
            self._adopt()

    def _adopt(self) -> None:
        """After a rollback, keep the tasks that still run the definition that was rolled back to."""
        primary = self.rollout.primary
        for task in self.tasks.values():
            if task.spec.definition.arn == primary.definition:
                task.adopt(primary.id)

    def _carry_out(self, action: StartTask | DrainTask | StopTask, snapshot: EcsSnapshot) -> None:
        match action:
            case StartTask():
                self._start(action, snapshot)
            case DrainTask():
                self.tasks[action.task_id].end(drain_seconds=snapshot.drain_seconds(self.service))
            case StopTask():
                self.tasks[action.task_id].end(drain_seconds=0)

    def _start(self, action: StartTask, snapshot: EcsSnapshot) -> None:
        definition = self._definitions[action.definition]
        ports: list[int] = []
        while len(ports) <= len(definition.further_ports):
            port = self._ports()
            if port not in ports:
                ports.append(port)
        spec = TaskSpec(
            id=uuid.uuid4().hex,
            sequence=self._sequence(),
            service_key=self.service.key,
            deployment_id=action.deployment_id,
            definition=definition,
            port=ports[0],
            other_ports=dict(zip(definition.further_ports, ports[1:], strict=True)),
            check=snapshot.check(self.service, definition),
            grace=self.service.grace_period,
        )
        self.tasks[spec.id] = TaskRun(spec, self._dependencies, self._on_change)

    def stop_tasks(self, reasons: dict[str, str], snapshot: EcsSnapshot) -> None:
        """Stop the tasks that StopTask was called for; the planner replaces them."""
        for task_id in reasons.keys() & self.tasks.keys():
            self.tasks[task_id].end(drain_seconds=snapshot.drain_seconds(self.service))
