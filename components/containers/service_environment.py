"""The environment variables of a service's tasks, the same on AWS and in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.manifest import DECISIONS_AT_ONCE, Edge, ServiceDeclaration, Services
from components.mesh.mesh import Mesh


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnvironment:
    """The values of variables that the declaration does not have.

    `environment` is the deployed environment (`dev`), `version` the image tag; `signing_secrets` maps
    `caller-callee` to a secret's ARN; `governance_function` is the ARN of the service's own alias,
    `grant_keys` that of the public keys of grants.
    """

    environment: str
    region: str
    version: str
    signing_secrets: Mapping[str, str]
    governance_function: str
    grant_issuer: str
    grant_keys: str
    grant_bound_seconds: str
    idempotency_table: str


def service_environment(
    services: Services, service: ServiceDeclaration, mesh: Mesh, around: TaskEnvironment
) -> Mapping[str, str]:
    """All variables by name. Secrets are not among them: ECS injects those."""
    variables = {
        **service.environment,
        "GRANT_BOUND_SECONDS": around.grant_bound_seconds,
        "GRANT_ISSUER": around.grant_issuer,
        "INTENTS": json.dumps(
            [
                {
                    "name": intent.name,
                    "safe_to_repeat": intent.safe_to_repeat,
                    "attributes": list(intent.attributes),
                }
                for intent in service.intents
            ]
        ),
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
        variables["GOVERNANCE_CONCURRENCY"] = str(DECISIONS_AT_ONCE)
    if service.intents:
        variables["GRANT_KEYS"] = around.grant_keys
    if service.does_deeds:
        variables["IDEMPOTENCY_TABLE"] = around.idempotency_table
    return variables


def _calls(
    services: Services, service: ServiceDeclaration, mesh: Mesh, around: TaskEnvironment
) -> list[dict[str, Any]]:
    found = []
    for call in services.calls_of(service.name):
        callee = services.get(call.callee)
        intent = callee.intent(call.intent)
        found.append(
            {
                "service": call.callee,
                "intent": call.intent,
                "url": mesh.url(callee),
                "signing_secret": around.signing_secrets[Edge(caller=service.name, callee=call.callee).key],
                "safe_to_repeat": intent is not None and intent.safe_to_repeat,
                "attributes": list(intent.attributes) if intent else [],
            }
        )
    return found


def _callers(
    services: Services, service: ServiceDeclaration, around: TaskEnvironment
) -> list[dict[str, Any]]:
    return [
        {
            "service": caller,
            "signing_secret": around.signing_secrets[Edge(caller=caller, callee=service.name).key],
            "intents": sorted(
                call.intent for call in services.calls_of(caller) if call.callee == service.name
            ),
        }
        for caller in services.callers_of(service.name)
    ]
