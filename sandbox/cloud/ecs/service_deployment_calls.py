"""The calls of ECS about service deployments, which moto does not have.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecs.exceptions import (
    ClusterNotFoundException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.cloud.ecs.deployment_settings import HookAction
from sandbox.cloud.ecs.emulated_ecs import MODEL_LOCK
from sandbox.cloud.ecs.service_deployments import DeploymentRecord, of_service, records

MOST_DESCRIBED = 20
_BRIEF = (
    *("serviceDeploymentArn", "serviceArn", "clusterArn", "startedAt", "createdAt", "finishedAt"),
    *("status", "statusReason"),
)


class ServiceDeploymentNotFoundException(ServiceException):
    """No service deployment has the ARN."""

    code = "ServiceDeploymentNotFoundException"
    message = "The service deployment was not found."


class ConflictException(ServiceException):
    """The service deployment cannot be stopped any more."""

    code = "ConflictException"

    def __init__(self, status: str) -> None:
        super().__init__(f"The service deployment cannot be stopped: it is {status}.")


def install() -> None:
    """Give moto's ECS the calls."""
    response: Any = EC2ContainerServiceResponse
    for call in (
        list_service_deployments,
        describe_service_deployments,
        describe_service_revisions,
        stop_service_deployment,
        continue_service_deployment,
    ):
        setattr(response, call.__name__, call)


def list_service_deployments(self: Any) -> ActionResult:
    """ListServiceDeployments: the newest first."""
    asked = self._get_params()
    service = _find_service(self.ecs_backend, asked)
    created = asked.get("createdAt") or {}
    wanted = set(asked.get("status") or ())
    found = [
        record
        for record in reversed(of_service(self.ecs_backend, service.arn))
        if (not wanted or record.document["status"] in wanted) and _within(record, created)
    ]
    size = int(asked.get("maxResults") or 20)
    if not 1 <= size <= 100:
        raise InvalidParameterException("maxResults must be between 1 and 100")
    begin = _position(asked.get("nextToken"), len(found))
    page = found[begin : begin + size]
    more = {"nextToken": str(begin + size)} if begin + size < len(found) else {}
    return ActionResult({"serviceDeployments": [_brief(record) for record in page], **more})


def _find_service(backend: Any, asked: Mapping[str, Any]) -> Any:
    cluster = str(asked.get("cluster") or "default").rpartition("/")[2]
    if cluster not in backend.clusters:
        raise ClusterNotFoundException
    name = str(asked["service"]).rpartition("/")[2]
    service = backend.services.get(f"{cluster}:{name}")
    if service is None:
        raise ServiceNotFoundException
    return service


def _within(record: DeploymentRecord, created: Mapping[str, Any]) -> bool:
    at = record.document["createdAt"].timestamp()
    after, before = (_seconds(created.get(name)) for name in ("after", "before"))
    return (after is None or at > after) and (before is None or at < before)


def _seconds(moment: Any) -> float | None:
    if moment is None:
        return None
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment)


def _position(token: str | None, count: int) -> int:
    if not token:
        return 0
    if not token.isdigit() or int(token) > count:
        raise InvalidParameterException("Invalid token")
    return int(token)


def _brief(record: DeploymentRecord) -> dict[str, Any]:
    document = record.document
    brief = {name: document[name] for name in _BRIEF if name in document}
    return {**brief, "targetServiceRevisionArn": document["targetServiceRevision"]["arn"]}


def describe_service_deployments(self: Any) -> ActionResult:
    """DescribeServiceDeployments: what is not found is among the failures."""
    arns = _at_most(self._get_param("serviceDeploymentArns") or ())
    by_arn = {record.arn: record.document for record in list(records(self.ecs_backend).values())}
    return ActionResult(_described("serviceDeployments", arns, by_arn))


def describe_service_revisions(self: Any) -> ActionResult:
    """DescribeServiceRevisions: what is not found is among the failures."""
    arns = _at_most(self._get_param("serviceRevisionArns") or ())
    found = [record.revision for record in list(records(self.ecs_backend).values())]
    by_arn = {revision["serviceRevisionArn"]: revision for revision in found}
    return ActionResult(_described("serviceRevisions", arns, by_arn))


def _at_most(arns: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(arns) <= MOST_DESCRIBED:
        raise InvalidParameterException(f"1 to {MOST_DESCRIBED} ARNs are described at once, not {len(arns)}")
    return arns


def _described(name: str, arns: Sequence[str], by_arn: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [by_arn[arn] for arn in arns if arn in by_arn],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in by_arn],
    }


def stop_service_deployment(self: Any) -> ActionResult:
    """StopServiceDeployment: it is rolled back, whatever was configured. ROLLBACK is the only valid type."""
    record = _find_record(self)
    kind = self._get_param("stopType") or "ROLLBACK"
    if kind != "ROLLBACK":
        raise InvalidParameterException(f"stopType {kind} is not supported, only ROLLBACK")
    with MODEL_LOCK:
        document = record.document
        cleaning = document.get("lifecycleStage") == "CLEAN_UP"
        if document["status"] not in ("PENDING", "IN_PROGRESS") or cleaning:
            raise ConflictException(f"{document['status']}{' in CLEAN_UP' if cleaning else ''}")
        record.stop = True
        record.document = {**document, "status": "STOP_REQUESTED"}
    return ActionResult({"serviceDeploymentArn": record.arn})


def continue_service_deployment(self: Any) -> ActionResult:
    """ContinueServiceDeployment: end a pause; it needs the id of a hook that awaits an action."""
    record = _find_record(self)
    hook_id = self._get_param("hookId")
    action = HookAction(self._get_param("action") or HookAction.CONTINUE)
    with MODEL_LOCK:
        document = record.document
        awaiting = [
            hook["hookId"]
            for hook in document.get("lifecycleHookDetails") or ()
            if hook["status"] == "AWAITING_ACTION"
        ]
        if document["status"] != "IN_PROGRESS" or hook_id not in awaiting:
            raise InvalidParameterException(f"The hook {hook_id} of the service deployment awaits no action.")
        record.continued[hook_id] = action
    return ActionResult({"serviceDeploymentArn": record.arn})


def _find_record(self: Any) -> DeploymentRecord:
    arn = self._get_param("serviceDeploymentArn")
    found = next((each for each in list(records(self.ecs_backend).values()) if each.arn == arn), None)
    if found is None:
        raise ServiceDeploymentNotFoundException
    return found
