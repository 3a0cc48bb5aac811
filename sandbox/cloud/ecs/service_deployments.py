"""What the emulated ECS keeps of service deployments and service revisions, and what was asked of them.

The records live in moto's ECS backend, so that they come and go with it. CreateService and UpdateService open
one each, as PENDING; the scheduler writes what becomes of it; StopServiceDeployment and
ContinueServiceDeployment leave a request here, which the scheduler takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.ecs.deployment_settings import HookAction

_RECORDS = "myelin_service_deployments"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRequests:
    """What was asked of the deployments of a service: which are to be stopped, which pauses are to end."""

    stop: frozenset[str] = frozenset()
    continued: tuple[tuple[str, str, HookAction], ...] = ()
    """Deployment id, hook id and action."""


@dataclass(slots=True)
class DeploymentRecord:
    """One service deployment, its target's service revision, and the requests that nobody has taken yet."""

    deployment_id: str
    document: dict[str, Any]
    revision: dict[str, Any]
    stop: bool = False
    continued: dict[str, HookAction] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The ARN of the service deployment."""
        return str(self.document["serviceDeploymentArn"])


def records(backend: Any) -> dict[str, DeploymentRecord]:
    """The records of an ECS backend of moto, by deployment id, the oldest first."""
    found: dict[str, DeploymentRecord] | None = getattr(backend, _RECORDS, None)
    if found is None:
        found = {}
        setattr(backend, _RECORDS, found)
    return found


def deployment_arn(service_arn: str, deployment_id: str) -> str:
    """The ARN of the service deployment that a deployment (`ecs-svc/...`) of a service is."""
    return _arn(service_arn, "service-deployment", deployment_id)


def revision_arn(service_arn: str, deployment_id: str) -> str:
    """The ARN of the service revision that a deployment brings: each deployment brings one."""
    return _arn(service_arn, "service-revision", deployment_id)


def _arn(service_arn: str, kind: str, deployment_id: str) -> str:
    prefix, _, name = service_arn.partition(":service/")
    return f"{prefix}:{kind}/{name}/{deployment_id.rpartition('/')[2]}"


def open_record(backend: Any, service: Any, images: Iterable[Mapping[str, Any]]) -> None:
    """Record the primary deployment of a service of moto's model as one that nothing was done for yet."""
    primary = service.deployments[0]
    deployment_id, now = str(primary["id"]), datetime.now(UTC)
    arn, cluster = service.arn, service.cluster_arn
    configuration = getattr(service, "deployment_configuration", None) or {}
    target = revision_arn(arn, deployment_id)
    document = {
        "serviceDeploymentArn": deployment_arn(arn, deployment_id),
        "serviceArn": arn,
        "clusterArn": cluster,
        "createdAt": now,
        "updatedAt": now,
        "sourceServiceRevisions": [],
        "targetServiceRevision": {
            "arn": target,
            "requestedTaskCount": service.desired_count,
            "runningTaskCount": 0,
            "pendingTaskCount": 0,
        },
        "status": "PENDING",
        "deploymentConfiguration": configuration,
    }
    revision = {
        "serviceRevisionArn": target,
        "serviceArn": arn,
        "clusterArn": cluster,
        "taskDefinition": primary["taskDefinition"],
        "launchType": service.launch_type,
        "platformVersion": getattr(service, "platform_version", None),
        "loadBalancers": service.load_balancers,
        "networkConfiguration": service.network_configuration,
        "serviceConnectConfiguration": getattr(service, "service_connect_configuration", None),
        "containerImages": [
            {"containerName": image["name"], "image": image["image"], **_digest(image["image"])}
            for image in images
        ],
        "guardDutyEnabled": False,
        "createdAt": now,
    }
    records(backend)[deployment_id] = DeploymentRecord(
        deployment_id=deployment_id,
        document=document,
        revision={name: value for name, value in revision.items() if value is not None},
    )
    service.current_service_deployment = document["serviceDeploymentArn"]


def _digest(image: str) -> dict[str, str]:
    _, _, digest = image.partition("@")
    return {"imageDigest": digest} if digest else {}


def take_requests(backend: Any, service_arn: str) -> DeploymentRequests:
    """What was asked of a service's deployments since the last time."""
    stop: set[str] = set()
    continued: list[tuple[str, str, HookAction]] = []
    for record in of_service(backend, service_arn):
        if record.stop:
            stop.add(record.deployment_id)
        continued += [(record.deployment_id, hook, action) for hook, action in record.continued.items()]
        record.stop, record.continued = False, {}
    return DeploymentRequests(stop=frozenset(stop), continued=tuple(continued))


def of_service(backend: Any, service_arn: str) -> list[DeploymentRecord]:
    """The records of one service, the oldest first."""
    return [
        record for record in list(records(backend).values()) if record.document["serviceArn"] == service_arn
    ]


def update_record(backend: Any, deployment_id: str, written: Mapping[str, Any], groups: Any) -> None:
    """Write what has become of a deployment; `groups` are the target groups that its revision is in."""
    record = records(backend).get(deployment_id)
    if record is None:
        return
    record.document = {**record.document, **written, "updatedAt": datetime.now(UTC)}
    if groups:
        record.revision["resolvedConfiguration"] = {"loadBalancers": groups}
