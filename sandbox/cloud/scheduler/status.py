"""Describes a running service: for the sandbox's status document, for ECS and for ELBv2."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.cloud.ecs.emulated_ecs import (
    DeploymentReport,
    ServiceDeploymentReport,
    ServiceReport,
    TaskReport,
)
from sandbox.cloud.ecs.endpoint import TaskEndpoint, TrafficSplit
from sandbox.cloud.scheduler.deployments import RolloutState
from sandbox.cloud.scheduler.machine.deployment_document import RevisionCounts, deployment_document
from sandbox.cloud.scheduler.service_run import ServiceRun
from sandbox.cloud.scheduler.side_by_side import wanted_counts
from sandbox.cloud.tasks.phase import Phase
from sandbox.cloud.tasks.task_run import TaskRun

_TARGET_STATES = {
    Phase.STARTING: "initial",
    Phase.HEALTHY: "healthy",
    Phase.UNHEALTHY: "unhealthy",
    Phase.DRAINING: "draining",
}
_ECS_HEALTH = {
    Phase.STARTING: "UNKNOWN",
    Phase.HEALTHY: "HEALTHY",
    Phase.UNHEALTHY: "UNHEALTHY",
    Phase.DRAINING: "UNKNOWN",
}


def service_status(run: ServiceRun) -> dict[str, Any]:
    """One entry of the status document's `services`."""
    service, primary = run.service, run.rollout.primary
    tasks = sorted(run.tasks.values(), key=lambda task: task.spec.sequence)
    running = [task for task in tasks if task.phase is not Phase.DRAINING]
    return {
        "cluster": service.cluster,
        "name": service.name,
        "desired": service.desired_count if run.wanted else 0,
        "running": sum(task.pid is not None for task in running),
        "healthy": sum(task.phase is Phase.HEALTHY for task in running),
        "pending": sum(task.pid is None for task in running),
        "task_definition": primary.definition,
        "rollout": primary.state.value,
        "rolled_back": run.rollout.rolled_back is not None,
        "reason": _reason(run) if run.wanted else "the service was deleted",
        "tasks": [_task_status(task) for task in tasks],
    }


def _reason(run: ServiceRun) -> str:
    """Why the rollout is where it is; of tasks that do not become healthy, what the first of them says."""
    primary, present = run.rollout.primary, run.deploying.present
    reason = primary.reason
    if present.settings.shifts_traffic and not present.ended:
        reason = (
            f"{reason}; at {present.stage}, {present.traffic.production:g} % of the traffic is on the new one"
        )
    troubles = [task.trouble for task in run.tasks.values() if task.trouble]
    if primary.state is not RolloutState.IN_PROGRESS or not troubles:
        return reason
    return f"{reason}; a task is {troubles[0]}"


def _task_status(task: TaskRun) -> dict[str, Any]:
    return {
        "id": task.spec.id,
        "pid": task.pid,
        "port": task.spec.port,
        "health": task.phase.value,
        "task_definition": task.spec.definition.arn,
        "started_at": task.started_at.isoformat(),
        "memory_mib": task.spec.definition.memory_mib,
    }


def healthy_endpoints(run: ServiceRun) -> tuple[TaskEndpoint, ...]:
    """The endpoints of a service's healthy tasks, the oldest task first."""
    tasks = sorted(run.tasks.values(), key=lambda task: task.spec.sequence)
    return tuple(task.endpoint for task in tasks if task.phase is Phase.HEALTHY and not task.ended)


def endpoints_by_name(key: str, run: ServiceRun) -> dict[str, tuple[TaskEndpoint, ...]]:
    """The healthy endpoints of a service by its key, of target groups by ARN, and of revisions by name."""
    healthy = healthy_endpoints(run)
    slots = {task.spec.id: run.slot(task.spec.deployment_id) for task in run.tasks.values()}
    groups = {
        group: tuple(endpoint for endpoint in healthy if slots[endpoint.task_id] == slot)
        for link in run.service.target_groups
        if link.alternate_arn
        for slot, group in enumerate(link.groups)
    }
    split = traffic_split(key, run)
    revisions = {} if split is None else dict.fromkeys((*dict(split.production), split.test), ())
    of = {task.spec.id: task.spec.deployment_id for task in run.tasks.values()}
    named = {
        name: tuple(each for each in healthy if _revision_name(key, of[each.task_id]) == name)
        for name in revisions
        if name
    }
    return {key: healthy, **groups, **named}


def traffic_split(key: str, run: ServiceRun) -> TrafficSplit | None:
    """Between which revisions the mesh splits a service's traffic; None for one that is not deployed so."""
    present = run.deploying.present
    if not present.settings.shifts_traffic:
        return None
    production, test = present.production_weights(), present.test_weights()
    return TrafficSplit(
        production=tuple((_revision_name(key, each), percent) for each, percent in production.items()),
        test=next((_revision_name(key, each) for each, percent in test.items() if percent), ""),
    )


def _revision_name(key: str, deployment_id: str) -> str:
    return f"{key}@{deployment_id}"


def target_states(run: ServiceRun) -> dict[int, dict[TaskEndpoint, str]]:
    """The endpoints of all tasks by their slot, each with its state as ELBv2 calls it."""
    found: dict[int, dict[TaskEndpoint, str]] = {0: {}, 1: {}}
    for task in run.tasks.values():
        found[run.slot(task.spec.deployment_id)][task.endpoint] = _TARGET_STATES[task.phase]
    return found


def service_report(run: ServiceRun) -> ServiceReport:
    """What DescribeServices and DescribeTasks should say of a service.

    As in ECS, a deployment without tasks is left out unless it is the primary one.
    """
    service, rollout = run.service, run.rollout
    primary, rolled_back = rollout.primary, rollout.rolled_back
    alive = [task for task in run.tasks.values() if task.phase is not Phase.DRAINING]
    running = Counter(task.spec.deployment_id for task in alive if task.pid is not None)
    pending = Counter(task.spec.deployment_id for task in alive if task.pid is None)
    definitions = {
        task.spec.deployment_id: task.spec.definition.arn
        for task in run.tasks.values()
        if task.spec.deployment_id != primary.id
    }
    deployments = [
        DeploymentReport(
            id=primary.id,
            definition=primary.definition,
            status="PRIMARY",
            rollout_state=primary.state.value,
            reason=primary.reason,
            desired=service.desired_count,
            running=running[primary.id],
            pending=pending[primary.id],
            failed=primary.failed_tasks,
        )
    ]
    for deployment_id, definition in definitions.items():
        failed = rolled_back if rolled_back is not None and rolled_back.id == deployment_id else None
        deployments.append(
            DeploymentReport(
                id=deployment_id,
                definition=definition,
                status="ACTIVE",
                rollout_state="FAILED" if failed else "COMPLETED",
                reason=failed.reason if failed else f"replaced by deployment {primary.id}",
                desired=0,
                running=running[deployment_id],
                pending=pending[deployment_id],
                failed=failed.failed_tasks if failed else 0,
            )
        )
    return ServiceReport(
        arn=service.arn,
        cluster=service.cluster,
        name=service.name,
        known=frozenset({primary.id} | ({rolled_back.id} if rolled_back else set())),
        deployments=tuple(deployments),
        tasks=tuple(_task_report(task) for task in run.tasks.values()),
        service_deployments=_service_deployments(run, running, pending),
    )


def _service_deployments(
    run: ServiceRun, running: Counter[str], pending: Counter[str]
) -> tuple[ServiceDeploymentReport, ...]:
    deploying, desired = run.deploying, run.service.desired_count
    present = deploying.present
    wanted = dict.fromkeys(filter(None, (present.target, present.source)), 0)
    if present.settings.shifts_traffic:
        wanted |= {each.id: count for each, count in wanted_counts(present, run.rollout, desired)}
    else:
        wanted[run.rollout.primary.id] = desired
    counts = {
        revision: RevisionCounts(requested=count, running=running[revision], pending=pending[revision])
        for revision, count in wanted.items()
    }
    return tuple(
        ServiceDeploymentReport(
            deployment_id=deployment.target,
            document=deployment_document(
                deployment,
                deploying.names(run.service, deployment),
                counts,
                date=deploying.date,
                desired=desired,
            ),
            groups=tuple(
                {
                    "targetGroupArn": link.group(run.slot(deployment.target)),
                    "productionListenerRule": link.production_rule,
                }
                for link in run.service.target_groups
                if link.production_rule
            ),
            ended=deployment.ended,
        )
        for deployment in (*deploying.past, present)
    )


def _task_report(task: TaskRun) -> TaskReport:
    started = "RUNNING" if task.pid is not None else "PENDING"
    return TaskReport(
        id=task.spec.id,
        deployment_id=task.spec.deployment_id,
        ports=tuple(sorted(task.spec.ports.items())),
        definition=task.spec.definition.arn,
        container=task.spec.definition.container,
        image=task.spec.definition.image,
        last_status="DEACTIVATING" if task.phase is Phase.DRAINING else started,
        health_status=_ECS_HEALTH[task.phase],
        started_at=task.started_at,
    )
