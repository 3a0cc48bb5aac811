"""Corrects moto's ECS calls.

CreateService and UpdateService keep the fields that moto drops (deployment configuration, Service Connect,
grace period), and open a new deployment when ECS would, so that a client that asks at once never sees the
old deployment as the complete one. A deployment configuration that ECS refuses, or that the scheduler does
not play, is refused (deployment_checks.py). ListTasks filters by service.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.cloud.ecs import service_deployment_calls
from sandbox.cloud.ecs.deployment_checks import refuse_invalid
from sandbox.cloud.ecs.emulated_ecs import MODEL_LOCK, new_deployment_id
from sandbox.cloud.ecs.service_deployments import open_record

_INSTALLED = "_myelin_installed"

_DROPPED = (
    "deploymentConfiguration",
    "healthCheckGracePeriodSeconds",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "capacityProviderStrategy",
    "serviceConnectConfiguration",
)
_OPENS_DEPLOYMENT = (
    "networkConfiguration",
    "loadBalancers",
    "serviceConnectConfiguration",
    "platformVersion",
    "capacityProviderStrategy",
)
"""Besides the task definition and forceNewDeployment."""

_SERVICE_CONNECT = "serviceConnectConfiguration"


def install() -> None:
    """Replace the methods of moto's ECS; a second call changes nothing."""
    with MODEL_LOCK:
        if getattr(EC2ContainerServiceResponse, _INSTALLED, False):
            return
        response: Any = EC2ContainerServiceResponse
        service_deployment_calls.install()
        response.create_service = _keep_dropped_fields(response.create_service)
        response.update_service = _deploy_on_update(response.update_service)
        backend: Any = EC2ContainerServiceBackend
        backend.list_tasks = _filter_by_service(backend.list_tasks)
        setattr(EC2ContainerServiceResponse, _INSTALLED, True)


def _keep_dropped_fields(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def create_service(self: Any) -> Any:
        with MODEL_LOCK:
            parameters = self._get_params()
            refuse_invalid(parameters)
            answer = original(self)
            service = answer.result["service"]
            for name in _DROPPED:
                if name in parameters:
                    setattr(service, camelcase_to_underscores(name), parameters[name])
            service.running_count, service.pending_count = 0, service.desired_count
            for deployment in service.deployments:
                deployment[_SERVICE_CONNECT] = parameters.get(_SERVICE_CONNECT)
            _record(self.ecs_backend, service)
            return answer

    return create_service


def _deploy_on_update(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def update_service(self: Any) -> Any:
        with MODEL_LOCK:
            parameters = dict(self._get_params())
            backend = self.ecs_backend
            found, _ = backend.describe_services(
                parameters.get("cluster") or "default", [parameters["service"]]
            )
            refuse_invalid(parameters, found[0] if found else None)
            before = _deployment_inputs(found[0]) if found else {}
            running = found[0].running_count if found else 0
            answer = original(self)
            service = answer.result["service"]
            if parameters.get("taskDefinition"):
                service.task_definition = backend.describe_task_definition(service.task_definition).arn
            service.running_count = running
            service.pending_count = max(0, service.desired_count - running)
            if parameters.get("forceNewDeployment") or _deployment_inputs(service) != before:
                _open_deployment(service)
                _record(backend, service)
            elif service.deployments:
                service.deployments[0]["desiredCount"] = service.desired_count
            return answer

    return update_service


def _record(backend: Any, service: Any) -> None:
    """Record the deployment just opened; one of a controller other than ECS's own has none."""
    if service.deployments:
        definition = backend.describe_task_definition(service.deployments[0]["taskDefinition"])
        open_record(backend, service, definition.container_definitions)


def _deployment_inputs(service: Any) -> dict[str, Any]:
    names = ("taskDefinition", *_OPENS_DEPLOYMENT)
    return {name: getattr(service, camelcase_to_underscores(name), None) for name in names}


def _open_deployment(service: Any) -> None:
    now = datetime.now(UTC)
    earlier: Sequence[dict[str, Any]] = service.deployments
    opened = {
        **(earlier[0] if earlier else {}),
        "id": new_deployment_id(),
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": "deployment in progress",
        "networkConfiguration": service.network_configuration,
        "serviceConnectConfiguration": getattr(service, "service_connect_configuration", None),
        "createdAt": now,
        "updatedAt": now,
    }
    replaced = [entry | {"status": "ACTIVE"} for entry in earlier if entry["status"] != "INACTIVE"]
    service.deployments = [opened, *replaced]


def _filter_by_service(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def list_tasks(self: Any, *arguments: Any, **named: Any) -> Any:
        tasks = original(self, *arguments, **named)
        position = 4
        service = arguments[position] if len(arguments) > position else named.get("service_name")
        if not service:
            return tasks
        group = f"service:{service.rpartition('/')[2]}"
        return [task for task in tasks if getattr(task, "group", None) == group]

    return list_tasks
