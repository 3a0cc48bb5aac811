"""Assembles a service: its routes, inside the middleware that every service has, in the right order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.process.health import Health, HealthEndpoint, Probe
from services.runtime.process.lifecycle import Lifecycle, Lifespan, LifespanMiddleware
from services.runtime.requests import openapi
from services.runtime.requests.linger import LingerMiddleware
from services.runtime.requests.middleware import RequestMiddleware
from services.runtime.requests.problems import EXCEPTION_HANDLERS
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Tracer

HEALTH_OPERATION = openapi.Operation(
    method="get",
    path="/health",
    operation_id="health",
    summary="State of this process and of what it depends on",
    description="A dependency in trouble makes the service `degraded`, which still answers 200.",
    answers=(
        openapi.Answer(status=200, description="Give it requests", model=Health),
        openapi.Answer(status=503, description="It is stopping: give it no new requests", model=Health),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every service has besides its own work."""

    settings: RuntimeSettings
    lifecycle: Lifecycle
    lifespan: Lifespan
    metrics: Metrics
    tracer: Tracer
    probes: tuple[Probe, ...] = ()


def build(
    around: Surroundings,
    *,
    title: str,
    description: str,
    operations: Sequence[openapi.Operation],
    routes: Sequence[Route],
    guards: Sequence[Middleware] = (),
) -> Starlette:
    """The ASGI application: `routes`, `/health` and `/openapi.json`, inside the common middleware and
    `guards`.
    """
    settings = around.settings
    text = json.dumps(
        openapi.document(
            title=title,
            version=settings.version,
            description=description,
            operations=[*operations, HEALTH_OPERATION],
        )
    )

    async def serve_document(_request: Request) -> Response:
        return Response(text, media_type="application/json")

    health = HealthEndpoint(settings=settings, lifecycle=around.lifecycle, probes=around.probes)

    async def serve_health(request: Request) -> Response:
        return await health(request)

    app = Starlette(
        routes=[
            *routes,
            Route("/health", serve_health, methods=["GET"]),
            Route("/openapi.json", serve_document, methods=["GET"]),
        ],
        middleware=[
            Middleware(LifespanMiddleware),
            Middleware(LingerMiddleware),
            Middleware(CorrelationMiddleware),
            Middleware(RequestMiddleware, metrics=around.metrics, tracer=around.tracer),
            *guards,
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=around.lifespan,
    )
    app.state.lifecycle = around.lifecycle
    return app
