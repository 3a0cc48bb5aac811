"""The environment variables of a service's tasks, the same on AWS and in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.declarations import CALLS_PORT, DECISIONS_AT_ONCE, Edge, ServiceDeclaration, Services
from components.mesh.mesh import Mesh

_GATE_URL = f"http://127.0.0.1:{CALLS_PORT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnvironment:
    """The values of variables that the declaration does not have.

    `environment` is the deployed environment (`dev`), `version` the image tag; `signing_secrets` maps
    `caller-callee` to a secret's ARN; `governance_function` is the ARN of the service's own alias,
    `grant_keys` that of the public keys of grants, `client_keys` that of the keys of clients' tokens.
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
    client_keys: str = ""


KIT_SETTINGS = (
    "GOVERNANCE_TIMEOUT_SECONDS",
    "LOG_LEVEL",
    "MAX_BODY_BYTES",
    "MAX_CALLS",
    "MAX_CONCURRENCY",
    "MAX_QUEUE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "REQUEST_TIMEOUT_SECONDS",
    "SIGNING_KEY_REFRESH_SECONDS",
    "START_TIMEOUT_SECONDS",
    "TARGET_ATTEMPT_SECONDS",
    "TRACE_SAMPLE_RATE",
)
"""Variables of a declaration that are the gate's, too; all others are the application's alone."""


def service_environment(
    services: Services, service: ServiceDeclaration, mesh: Mesh, around: TaskEnvironment
) -> Mapping[str, str]:
    """The variables by name of what takes the service's calls: the service itself, or its gate.

    Secrets are not among them: ECS injects those.
    """
    declared = service.environment
    if service.behind_gate:
        declared = {name: value for name, value in declared.items() if name in KIT_SETTINGS}
    variables = {
        **declared,
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
    if service.ingress is not None and service.authenticates_clients:
        variables["CLIENTS"] = json.dumps(
            {
                "issuer": service.ingress.issuer,
                "audience": service.ingress.audience,
                "keys": around.client_keys,
                "tenant_claim": service.ingress.tenant_claim,
                "claims": list(service.ingress.claims),
            }
        )
    if service.ingress is not None and service.ingress.identities:
        variables["CLIENT_IDENTITIES"] = json.dumps(dict(sorted(service.ingress.identities.items())))
    if service.does_deeds:
        variables["IDEMPOTENCY_TABLE"] = around.idempotency_table
    if service.behind_gate:
        variables |= {
            "APPLICATION_HEALTH": service.health.path,
            # less than the gate's own health check has, which waits for it
            "APPLICATION_HEALTH_SECONDS": f"{0.8 * (service.health.timeout - 1):g}",
            "APPLICATION_URL": f"http://127.0.0.1:{service.own_port}",
            "GATE_URL": _GATE_URL,
        }
        if service.ingress is not None:
            variables["INGRESS"] = json.dumps(list(service.ingress.paths))
    return variables


def application_environment(service: ServiceDeclaration, around: TaskEnvironment) -> Mapping[str, str]:
    """The variables of an application behind the gate: its own, its port, and where it makes its calls."""
    return {
        **service.environment,
        "AWS_REGION": around.region,
        "GATE_URL": _GATE_URL,
        "MYELIN_ENVIRONMENT": around.environment,
        "MYELIN_SERVICE": service.name,
        "MYELIN_VERSION": around.version,
        "PORT": str(service.own_port),
    }


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
