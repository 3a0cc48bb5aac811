"""The environment variables of a service's tasks, the same on AWS and in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from components.manifest import Edge, Service, Services
from components.mesh.mesh import Mesh


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnvironment:
    """The values of variables that the declaration does not have.

    `environment` is the deployed environment (`dev`), `version` the image tag; `signing_secrets` maps
    `caller-callee` to a secret's ARN, `governance_function` is the ARN of the function's alias.
    """

    environment: str
    region: str
    version: str
    signing_secrets: Mapping[str, str]
    governance_function: str


def service_environment(
    services: Services, service: Service, mesh: Mesh, around: TaskEnvironment
) -> Mapping[str, str]:
    """All variables by name. Secrets are not among them: ECS injects those."""
    variables = {
        **service.environment,
        "AWS_REGION": around.region,
        "CALLERS": json.dumps(_callers(services, service, around)),
        "CALLS": json.dumps(_calls(services, service, mesh, around)),
        "MYELIN_ENVIRONMENT": around.environment,
        "MYELIN_SERVICE": service.name,
        "MYELIN_VERSION": around.version,
        "PORT": str(service.port),
    }
    if service.calls:
        variables["GOVERNANCE_FUNCTION"] = around.governance_function
    return variables


def _calls(services: Services, service: Service, mesh: Mesh, around: TaskEnvironment) -> list[dict[str, str]]:
    return [
        {
            "service": call.callee,
            "intent": call.intent,
            "url": mesh.url(services.get(call.callee)),
            "signing_secret": around.signing_secrets[Edge(caller=service.name, callee=call.callee).key],
        }
        for call in services.calls_of(service.name)
    ]


def _callers(services: Services, service: Service, around: TaskEnvironment) -> list[dict[str, str]]:
    return [
        {
            "service": caller,
            "signing_secret": around.signing_secrets[Edge(caller=caller, callee=service.name).key],
        }
        for caller in services.callers_of(service.name)
    ]
