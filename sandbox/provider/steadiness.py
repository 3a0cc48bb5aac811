"""Decides from a DescribeServices response whether an ECS service has reached a steady state. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.provider.errors import NotSteadyError

Description = Mapping[str, Any]
_BREAKER = re.compile(
    r"^ECS deployment circuit breaker: (?:tasks failed to start|roll(?:ing|ed) back to \S+?)(?:: |\.?$)"
)
"""What ECS says of a rollback by itself; when it says which changes as the rollback goes on."""
_BACK = re.compile(r"\broll(?:ing|ed) back to ")


def primary_deployment(service: Description) -> str | None:
    """The id of a service's primary deployment, or None."""
    deployments = service.get("deployments") or ()
    return next((str(each["id"]) for each in deployments if each.get("status") == "PRIMARY"), None)


def is_steady(service: Description, *, name: str, definition: str, deployment: str | None) -> bool:
    """Whether a deployment is completed and all its tasks run.

    `definition` is the task definition that was asked for (an ARN, `family:revision` or `family`),
    `deployment` the id of the deployment that the request opened, if it is known. Raises NotSteadyError if it
    failed or was rolled back; a failed deployment of an earlier attempt does not count.
    """
    deployments = service.get("deployments") or ()
    begun = next((each for each in deployments if each.get("id") == deployment), None)
    primary = next((each for each in deployments if each.get("status") == "PRIMARY"), None)
    ours = begun or primary
    # first: a deployment that is rolled back is FAILED, too, until its last task has ended
    if not same_definition(service.get("taskDefinition"), definition):
        reason = _reason(begun or primary or {}, service)
        back_to = str(service.get("taskDefinition")).rpartition("/")[2]
        why = _BREAKER.sub("", reason) or reason
        raise _failed(f"the deployment of `{name}` was rolled back to {back_to}: {why}", rolled_back=True)
    if deployment is not None and primary is not None and _went_back(begun, primary, deployment):
        reason = _reason(primary, service)
        raise _failed(f"the deployment of `{name}` was rolled back: {reason}", rolled_back=True)
    if ours is not None and ours.get("rolloutState") == "FAILED":
        raise _failed(f"the deployment of `{name}` failed: {_reason(ours, service)}")
    return bool(
        ours is not None
        and ours.get("status") == "PRIMARY"
        # until the scheduler has seen a change, the primary deployment is still the one before it
        and same_definition(ours.get("taskDefinition"), definition)
        and ours.get("rolloutState") == "COMPLETED"
        and service.get("runningCount") == service.get("desiredCount")
    )


def _went_back(begun: Description | None, primary: Description, deployment: str) -> bool:
    """Whether ECS went back to a revision of the same task definition, as of a forced deployment."""
    given_up = begun is None or begun.get("rolloutState") == "FAILED"
    reason = str(primary.get("rolloutStateReason") or "")
    return given_up and primary.get("id") != deployment and _BACK.search(reason) is not None


def same_definition(found: Any, wanted: str) -> bool:
    """Whether `found`, an ARN, is the task definition that `wanted` names by ARN, revision or family."""
    arn = str(found or "")
    name = arn.rpartition("/")[2]
    return wanted in (arn, name, name.rpartition(":")[0])


def service_vanished(name: str) -> NotSteadyError:
    """The error about a service that was deleted while the provider waited for it."""
    return _failed(f"service `{name}` is gone")


def _reason(deployment: Description, service: Description) -> str:
    events = service.get("events") or [{}]
    return str(
        deployment.get("rolloutStateReason")
        or events[0].get("message")
        or f"it runs {service.get('taskDefinition')}"
    )


def _failed(detail: str, *, rolled_back: bool = False) -> NotSteadyError:
    return NotSteadyError(call="ecs:DescribeServices", detail=detail, rolled_back=rolled_back)
