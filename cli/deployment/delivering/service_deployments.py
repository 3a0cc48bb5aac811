"""ECS's service deployments as values.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNDER_WAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
SUCCESSFUL = "SUCCESSFUL"
PAUSED = "AWAITING_ACTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook of a deployment that was called: its id, kind (AWS_LAMBDA or PAUSE), function and status."""

    id: str
    kind: str
    function: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsDeployment:
    """A deployment of a service, as ECS describes it.

    `share` is the percentage of the traffic that the new revision has, None where ECS does not shift it.
    `running` of `requested` tasks of the new revision run. `red` are alarms that have ended it.
    """

    service: str
    arn: str
    status: str
    stage: str
    reason: str
    revision: str
    strategy: str
    share: float | None
    running: int
    requested: int
    failures: int
    red: tuple[str, ...] = ()
    hooks: tuple[Hook, ...] = ()
    bake_minutes: float = 0.0

    @property
    def under_way(self) -> bool:
        """Whether something more comes."""
        return self.status in UNDER_WAY

    @property
    def serves(self) -> bool:
        """Whether the new revision has all the traffic, for good."""
        return self.status == SUCCESSFUL and self.share in (None, 100.0)

    @property
    def pauses(self) -> tuple[Hook, ...]:
        """The pauses that wait for somebody."""
        return tuple(hook for hook in self.hooks if hook.status == PAUSED)


def read_service_deployment(service: str, described: Mapping[str, Any]) -> EcsDeployment:
    """Read one element of the answer of DescribeServiceDeployments."""
    target = described["targetServiceRevision"]
    configuration = described.get("deploymentConfiguration") or {}
    strategy = str(configuration.get("strategy") or "ROLLING")
    share = target.get("requestedProductionTrafficWeight")
    return EcsDeployment(
        service=service,
        arn=described["serviceDeploymentArn"],
        status=described["status"],
        stage=described.get("lifecycleStage") or "",
        reason=described.get("statusReason") or "",
        revision=target["arn"],
        strategy=strategy,
        share=None if share is None or strategy == "ROLLING" else float(share),
        running=int(target.get("runningTaskCount") or 0),
        requested=int(target.get("requestedTaskCount") or 0),
        failures=int((described.get("deploymentCircuitBreaker") or {}).get("failureCount") or 0),
        red=tuple((described.get("alarms") or {}).get("triggeredAlarmNames") or ()),
        hooks=tuple(
            Hook(
                id=hook["hookId"],
                kind=hook["targetType"],
                function=str(hook.get("targetArn") or "").rpartition(":")[2],
                status=hook["status"],
            )
            for hook in described.get("lifecycleHookDetails") or ()
        ),
        bake_minutes=float(configuration.get("bakeTimeInMinutes") or 0),
    )


def newest_deployment(ecs: Any, cluster: str, service: str) -> EcsDeployment | None:
    """The newest deployment of a service, None if there was none."""
    listed = ecs.list_service_deployments(cluster=cluster, service=service, maxResults=1)
    arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]
    if not arns:
        return None
    described = ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    return read_service_deployment(service, described[0]) if described else None
