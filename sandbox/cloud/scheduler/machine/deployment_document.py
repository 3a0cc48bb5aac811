"""What DescribeServiceDeployments says of a service deployment, and what a hook is told. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.cloud.ecs.deployment_settings import HookStage, HookTarget
from sandbox.cloud.scheduler.machine.hook_runs import HookRun
from sandbox.cloud.scheduler.machine.service_deployment import Cause, ServiceDeployment, Status

_TELLS_WEIGHTS = frozenset(
    {HookStage.RECONCILE_SERVICE, HookStage.TEST_TRAFFIC_SHIFT, HookStage.PRODUCTION_TRAFFIC_SHIFT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionCounts:
    """The tasks of one revision: wanted, running and not running yet."""

    requested: int = 0
    running: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentNames:
    """The ARNs of a service, of its deployment, and of revisions by deployment id."""

    service: str
    deployment: str
    revision: Callable[[str], str]


def hook_event(deployment: ServiceDeployment, run: HookRun, names: DeploymentNames) -> dict[str, Any]:
    """The event that a hook's function gets. Weights are told only where traffic is what it is about."""
    tells = run.stage in _TELLS_WEIGHTS
    event: dict[str, Any] = {
        "executionId": run.id,
        "lifecycleStage": run.stage.value,
        "resourceArn": names.deployment,
        "executionDetails": {
            "serviceArn": names.service,
            "targetServiceRevisionArn": names.revision(deployment.target),
            "testTrafficWeights": _by_arn(deployment.test_weights(), names) if tells else {},
            "productionTrafficWeights": _by_arn(deployment.production_weights(), names) if tells else {},
        },
    }
    return event if run.details is None else {**event, "hookDetails": run.details}


def _by_arn(weights: Mapping[str, float], names: DeploymentNames) -> dict[str, float]:
    return {
        names.revision(revision): int(weight) if weight == int(weight) else weight
        for revision, weight in weights.items()
    }


def deployment_document(
    deployment: ServiceDeployment,
    names: DeploymentNames,
    counts: Mapping[str, RevisionCounts],
    *,
    date: Callable[[float], datetime],
    desired: int,
) -> dict[str, Any]:
    """What is said besides what the deployment was opened with; `counts` are by deployment id."""
    found: dict[str, Any] = {
        "serviceDeploymentArn": names.deployment,
        "status": deployment.status.value,
        "targetServiceRevision": _summary(deployment, deployment.target, names, counts),
        "sourceServiceRevisions": [
            _summary(deployment, revision, names, counts) for revision in (deployment.source,) if revision
        ],
        "deploymentCircuitBreaker": _breaker(deployment, desired),
        "alarms": _alarms(deployment),
        "lifecycleHookDetails": [_hook(run, date) for run in deployment.hooks],
    }
    if deployment.reason:
        found["statusReason"] = deployment.reason
    if deployment.status is not Status.PENDING:
        found["lifecycleStage"] = deployment.stage.value
    for name, moment in (
        ("startedAt", deployment.started_at),
        ("finishedAt", deployment.ended_at),
        ("stoppedAt", deployment.ended_at if deployment.status is Status.STOPPED else None),
    ):
        if moment is not None:
            found[name] = date(moment)
    if deployment.turned_back_at is not None and deployment.source is not None:
        found["rollback"] = {
            "reason": deployment.reason,
            "startedAt": date(deployment.turned_back_at),
            "serviceRevisionArn": names.revision(deployment.source),
        }
    return found


def _summary(
    deployment: ServiceDeployment, revision: str, names: DeploymentNames, counts: Mapping[str, RevisionCounts]
) -> dict[str, Any]:
    own = counts.get(revision, RevisionCounts())
    found: dict[str, Any] = {
        "arn": names.revision(revision),
        "requestedTaskCount": own.requested,
        "runningTaskCount": own.running,
        "pendingTaskCount": own.pending,
    }
    if deployment.settings.shifts_traffic:
        found["requestedTestTrafficWeight"] = float(deployment.test_weights().get(revision, 0.0))
        found["requestedProductionTrafficWeight"] = float(deployment.production_weights().get(revision, 0.0))
    return found


def _breaker(deployment: ServiceDeployment, desired: int) -> dict[str, Any]:
    breaker = deployment.settings.breaker
    if not breaker.enabled:
        return {"status": "DISABLED"}
    return {
        "status": _monitor(deployment, Cause.BREAKER),
        "failureCount": deployment.failures,
        "threshold": breaker.threshold(desired),
    }


def _alarms(deployment: ServiceDeployment) -> dict[str, Any]:
    alarms = deployment.settings.alarms
    if not alarms.enabled:
        return {"status": "DISABLED"}
    return {
        "status": _monitor(deployment, Cause.ALARM),
        "alarmNames": list(alarms.names),
        "triggeredAlarmNames": sorted(deployment.red),
    }


def _monitor(deployment: ServiceDeployment, cause: Cause) -> str:
    if deployment.cause is cause:
        return "TRIGGERED"
    return "MONITORING_COMPLETE" if deployment.ended or deployment.turned_back else "MONITORING"


def _hook(run: HookRun, date: Callable[[float], datetime]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "hookId": run.id,
        "targetType": run.hook.target.value,
        "status": run.status.value,
        "expiresAt": date(run.expires_at),
        "timeoutAction": run.hook.timeout_action.value,
    }
    return {**found, "targetArn": run.hook.target_arn} if run.hook.target is HookTarget.AWS_LAMBDA else found
