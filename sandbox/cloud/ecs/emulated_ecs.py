"""Writes counts, deployments and tasks into moto's ECS model.

moto never runs a task, and ECS has no call that reports one, so the model is changed directly.
`emulated_ecs_calls` corrects moto's ECS calls. Nothing else in the sandbox touches moto's ECS objects.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.moto_api._internal import mock_random

from sandbox.cloud.ecs.endpoint import LOOPBACK
from sandbox.cloud.ecs.service_deployments import (
    DeploymentRequests,
    revision_arn,
    take_requests,
    update_record,
)

MODEL_LOCK = threading.RLock()
"""Hold it while changing a service of moto's model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentReport:
    """One entry of a service's `deployments`."""

    id: str
    definition: str
    status: str
    rollout_state: str
    reason: str
    desired: int
    running: int
    pending: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """One entry of DescribeTasks; `ports` are those of containers, and those of this machine for them."""

    id: str
    deployment_id: str
    definition: str
    container: str
    image: str
    last_status: str
    health_status: str
    started_at: datetime
    ports: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeploymentReport:
    """What DescribeServiceDeployments should say of one deployment, besides what it was opened with.

    `groups` are the target groups of its revision, as DescribeServiceRevisions resolves them.
    """

    deployment_id: str
    document: Mapping[str, Any]
    groups: tuple[Mapping[str, str], ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """Deployments and tasks of one service; the first deployment is the primary one.

    `known` are the ids of the primary deployments that the report takes into account.
    """

    arn: str
    cluster: str
    name: str
    known: frozenset[str]
    deployments: tuple[DeploymentReport, ...]
    tasks: tuple[TaskReport, ...]
    service_deployments: tuple[ServiceDeploymentReport, ...] = ()


def new_deployment_id() -> str:
    """Make up a deployment id in ECS's form."""
    return f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"


class EmulatedTask:
    """A task in the form that moto's ECS backend handles. Describing it leaves it as it is."""

    def __init__(self, service: ServiceReport, report: TaskReport) -> None:
        """The attribute names are the ones that moto reads and serialises."""
        region, account = _region_and_account(service.arn)
        prefix = f"arn:{service.arn.split(':')[1]}:ecs:{region}:{account}"
        self.id = report.id
        self.task_arn = f"{prefix}:task/{service.cluster}/{report.id}"
        self.cluster_arn = f"{prefix}:cluster/{service.cluster}"
        self.task_definition_arn = report.definition
        self.container_instance_arn = None
        self.group = f"service:{service.name}"
        self.started_by = report.deployment_id
        self.launch_type = "FARGATE"
        self.desired_status = "RUNNING"
        self.started_at = report.started_at
        self.created_at = report.started_at
        self.tags: list[dict[str, str]] = []
        self.stopped_reason = ""
        self.last_status = report.last_status
        self.health_status = report.health_status
        self.containers = [
            {
                "name": report.container,
                "image": report.image,
                "taskArn": self.task_arn,
                "lastStatus": report.last_status,
                "healthStatus": report.health_status,
                # with `awsvpc` AWS says an address of the task's own here; all tasks share this machine's
                "networkBindings": [
                    {"bindIP": LOOPBACK, "containerPort": inside, "hostPort": port, "protocol": "tcp"}
                    for inside, port in report.ports
                ],
            }
        ]

    def advance(self) -> None:
        """Do nothing. moto calls this whenever a task is described; here its state comes from the process."""


class EmulatedEcs:
    """The writing side of moto's ECS model."""

    def report(self, report: ServiceReport) -> bool:
        """Write counts, deployments and tasks of a service; returns whether the report was up to date.

        False means that a deployment was opened meanwhile that the report does not know. Its deployments are
        then not written: read ECS again first.
        """
        with MODEL_LOCK:
            backend = _backend(report.arn)
            service = backend.services.get(f"{report.cluster}:{report.name}")
            self._write_tasks(backend, report)
            for entry in report.service_deployments:
                update_record(backend, entry.deployment_id, entry.document, list(entry.groups))
            if service is None or service.status != "ACTIVE":
                return True
            known = {str(entry["id"]): entry for entry in service.deployments}
            primary = next(
                (entry["id"] for entry in service.deployments if entry["status"] == "PRIMARY"), None
            )
            if primary is not None and primary not in report.known:
                return False
            template = known.get(str(primary), {})
            service.deployments = [
                _deployment(entry, known.get(entry.id, template)) for entry in report.deployments
            ]
            service.task_definition = report.deployments[0].definition
            service.running_count = sum(entry.running for entry in report.deployments)
            service.pending_count = sum(entry.pending for entry in report.deployments)
            _write_revisions(service, report)
            _count_cluster(backend, report.cluster)
            return True

    def _write_tasks(self, backend: Any, report: ServiceReport) -> None:
        tasks = backend.tasks.setdefault(report.cluster, {})
        group = f"service:{report.name}"
        kept = {task.id: task for task in list(tasks.values()) if getattr(task, "group", None) == group}
        wanted = [EmulatedTask(report, entry) for entry in report.tasks]
        for task in wanted:
            earlier = kept.get(task.id)
            if earlier is not None and earlier.desired_status == "STOPPED":
                task.desired_status, task.stopped_reason = "STOPPED", earlier.stopped_reason
        backend.tasks[report.cluster] = {
            arn: task for arn, task in list(tasks.items()) if getattr(task, "group", None) != group
        } | {task.task_arn: task for task in wanted}

    def deployment_requests(self, service_arn: str) -> DeploymentRequests:
        """Take what StopServiceDeployment and ContinueServiceDeployment asked for since the last time."""
        with MODEL_LOCK:
            return take_requests(_backend(service_arn), service_arn)

    def stop_requested(self, service_arn: str, cluster: str) -> Mapping[str, str]:
        """Tasks that StopTask was called for: their ids, and the reasons given."""
        tasks = _backend(service_arn).tasks.get(cluster, {})
        return {
            task.id: task.stopped_reason or "stopped by StopTask"
            for task in list(tasks.values())
            if isinstance(task, EmulatedTask) and task.desired_status == "STOPPED"
        }


def _write_revisions(service: Any, report: ServiceReport) -> None:
    """What DescribeServices says of service deployments: the one under way, and the revisions with tasks."""
    under_way = [entry for entry in report.service_deployments if not entry.ended]
    service.current_service_deployment = (
        str(under_way[-1].document["serviceDeploymentArn"]) if under_way else None
    )
    service.current_service_revisions = [
        {
            "arn": revision_arn(report.arn, entry.id),
            "requestedTaskCount": entry.desired,
            "runningTaskCount": entry.running,
            "pendingTaskCount": entry.pending,
        }
        for entry in report.deployments
    ]


def _region_and_account(arn: str) -> tuple[str, str]:
    parts = arn.split(":")
    return parts[3], parts[4]


def _backend(arn: str) -> EC2ContainerServiceBackend:
    region, account = _region_and_account(arn)
    return ecs_backends[account][region]


def _deployment(report: DeploymentReport, earlier: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        **earlier,
        "id": report.id,
        "status": report.status,
        "taskDefinition": report.definition,
        "desiredCount": report.desired,
        "runningCount": report.running,
        "pendingCount": report.pending,
        "failedTasks": report.failed,
        "rolloutState": report.rollout_state,
        "rolloutStateReason": report.reason,
        "createdAt": earlier["createdAt"] if earlier.get("id") == report.id else now,
        "updatedAt": now,
    }


def _count_cluster(backend: Any, name: str) -> None:
    cluster = backend.clusters.get(name)
    if cluster is not None:
        # a copy: calls that take no MODEL_LOCK, such as DeleteService, add and remove meanwhile
        services = [found for found in list(backend.services.values()) if found.cluster_name == name]
        active = [found for found in services if found.status == "ACTIVE"]
        cluster.active_services_count = len(active)
        cluster.running_tasks_count = sum(found.running_count for found in active)
        cluster.pending_tasks_count = sum(found.pending_count for found in active)
