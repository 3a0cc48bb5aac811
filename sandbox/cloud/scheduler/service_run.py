"""Runs one ECS service: carries out the actions of the rolling update, and counts the tasks that fail."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.ecs.emulated_ecs import new_deployment_id
from sandbox.cloud.ecs.reader import EcsSnapshot
from sandbox.cloud.ecs.service import DesiredService
from sandbox.cloud.scheduler.deployments import (
    Rollout,
    TaskFailure,
    begin_rollout,
    break_circuit,
    complete_rollout,
    count_failure,
    retarget_rollout,
)
from sandbox.cloud.scheduler.rolling_update import (
    CompleteDeployment,
    DrainTask,
    ServiceGoal,
    StartTask,
    StopTask,
    TaskAction,
    plan,
)
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
            self.rollout = retarget_rollout(
                self.rollout, service.deployment_id, definition.arn, definition.label
            )

    def definition_label(self, arn: str | None) -> str:
        """`family:revision` of a task definition."""
        return (arn or "").rpartition("/")[2]

    def reconcile(self, snapshot: EcsSnapshot) -> float | None:
        """Plan and carry out until nothing is left to do; returns when to look again, in monotonic time."""
        self._collect()
        wake_at = None
        for _ in range(_ROUNDS):
            views = [task.view for task in self.tasks.values()]
            decided = plan(self._goal(), self.rollout, views, now=time.monotonic())
            wake_at = decided.wake_at
            if not decided.actions:
                break
            for action in decided.actions:
                self._carry_out(action, snapshot)
        return wake_at

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
            if task.phase is Phase.UNHEALTHY:
                self._count_failure(task, f"failed its health checks: {task.health_detail}")
            elif task.ended and task.failure is not None:
                self._count_failure(task, task.failure)
            if task.ended:
                del self.tasks[task.spec.id]
                self._failed.discard(task.spec.id)

    def _count_failure(self, task: TaskRun, reason: str) -> None:
        if task.spec.id in self._failed:
            return
        self._failed.add(task.spec.id)
        failure = TaskFailure(
            deployment_id=task.spec.deployment_id, reason=reason, healthy_for=task.healthy_for()
        )
        desired, primary = self.service.desired_count, self.rollout.primary.id
        self.rollout = count_failure(
            self.rollout,
            failure,
            self.service.deployment.breaker,
            desired=desired,
            now=time.monotonic(),
        )
        self.rollout = break_circuit(
            self.rollout,
            self.service.deployment.breaker,
            desired=desired,
            new_id=new_deployment_id(),
            label=self.definition_label(self.rollout.primary.definition),
            back_to=self.definition_label(self.rollout.completed),
        )
        if self.rollout.primary.id != primary:
            self._adopt()

    def _adopt(self) -> None:
        """After a rollback, keep the tasks that still run the definition that was rolled back to."""
        primary = self.rollout.primary
        for task in self.tasks.values():
            if task.spec.definition.arn == primary.definition:
                task.adopt(primary.id)

    def _carry_out(self, action: TaskAction, snapshot: EcsSnapshot) -> None:
        match action:
            case StartTask():
                self._start(action, snapshot)
            case DrainTask():
                self.tasks[action.task_id].end(drain_seconds=snapshot.drain_seconds(self.service))
            case StopTask():
                self.tasks[action.task_id].end(drain_seconds=0)
            case CompleteDeployment():
                self.rollout = complete_rollout(
                    self.rollout, self.definition_label(self.rollout.primary.definition)
                )

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
