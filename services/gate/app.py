"""The gate: admits what comes in for the application behind it, and makes that application's calls.

    outer port    POST /<intent>                     signed, granted -> the application, with what was proved
                  the paths of [ingress]             from clients -> the application, without a grant
                  GET  /health                       200 if the application answers on its own health path
    inner port    POST /call/<service>/<intent>      from the application, with the token of the two

`python -m services.runtime.serve services.gate.app:build` runs it. docs/gate.md
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gate.application import ApplicationHandler, GuardedApplication
from services.gate.calls_server import CallsServer
from services.gate.client_door import door_routes
from services.gate.door import CallDoor
from services.gate.settings import GateSettings
from services.gate.under_way import RequestsUnderWay
from services.runtime import operations
from services.runtime.application import assemble
from services.runtime.errors import ServiceSettingsError
from services.runtime.parts import Edges, ServiceParts
from services.runtime.process.health import Dependency, HealthEndpoint
from services.runtime.requests import openapi
from services.runtime.requests.admission import Intent
from services.runtime.requests.openapi import ApiResponse
from services.runtime.requests.problems import ProblemDetails
from services.runtime.settings import read_settings
from services.runtime.telemetry import logs


def build(environ: Mapping[str, str] | None = None, *, edges: Edges | None = None) -> Starlette:
    """The ASGI application of the outer port; with its start the inner one opens. Raises ServiceError."""
    settings = read_settings(GateSettings, os.environ if environ is None else environ)
    logs.configure(service=settings.service, level=settings.log_level, version=settings.version)
    if not settings.intents and not settings.calls and not settings.ingress:
        raise ServiceSettingsError("INTENTS", "is empty, and CALLS is, too: there is nothing to guard")
    if settings.intents and not settings.grant_keys:
        raise ServiceSettingsError("GRANT_KEYS", "is not set, and the service offers intents")
    parts = ServiceParts.of(settings, edges or Edges.of(settings))
    requests = RequestsUnderWay()
    application = GuardedApplication(settings, requests)
    door = CallDoor(parts, requests, token=settings.token.get_secret_value())
    inner = CallsServer(door, port=settings.calls_port)
    return assemble(
        parts,
        document=_document(settings),
        routes=[
            Route("/health", _health(parts, application), methods=["GET"]),
            *door_routes(parts, settings, application),
        ],
        intents={
            intent.name: (
                Intent(name=intent.name, safe_to_repeat=intent.safe_to_repeat, attributes=intent.attributes),
                ApplicationHandler(intent.name, application),
            )
            for intent in settings.intents
        },
        starting=[inner.open],
        closing=[inner.close, application.close],
    )


def _health(parts: ServiceParts, application: GuardedApplication) -> Callable[[Request], Awaitable[Response]]:
    """Healthy only while the application is: without it, the gate can do nothing of what it offers."""
    own = HealthEndpoint(settings=parts.settings, lifecycle=parts.lifecycle, probes=parts.probes())

    async def serve_health(_request: Request) -> Response:
        state = own.state()
        problem = await application.problem()
        found = (
            Dependency(status="degraded", detail=problem)
            if problem
            else Dependency(status="ok", detail="answers")
        )
        state = state.model_copy(update={"dependencies": {**state.dependencies, "application": found}})
        if problem and state.status != "draining":
            state = state.model_copy(update={"status": "unhealthy"})
        return Response(
            state.model_dump_json(),
            status_code=503 if state.status in ("draining", "unhealthy") else 200,
            media_type="application/json",
        )

    return serve_health


def _document(settings: GateSettings) -> str:
    """What the gate answers; what the payload has to be, the application says."""
    refusals = {
        404: "The application knows nothing of it",
        422: "The application refuses",
        429: "Not so often",
    }
    more = [
        ApiResponse(
            status=status,
            description=text,
            model=ProblemDetails,
            headers=operations.RETRY if status == 429 else {},
        )
        for status, text in refusals.items()
    ]
    return json.dumps(
        openapi.document(
            title=settings.service,
            version=settings.version,
            description="An application behind the gate.",
            operations=[
                *(
                    operations.of_intent(intent.name, summary=f"Does `{intent.name}`", more=more)
                    for intent in settings.intents
                ),
                operations.HEALTH,
            ],
        )
    )
