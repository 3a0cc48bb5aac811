"""The ASGI application of a service: its routes and intents, inside the middleware of every service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.intents.endpoint import IntentMiddleware
from services.runtime.intents.handler import Handles
from services.runtime.parts import ServiceParts
from services.runtime.process.health import HealthEndpoint, Probe
from services.runtime.process.lifecycle import LifespanMiddleware, lifespan
from services.runtime.requests.admission import Intent
from services.runtime.requests.capacity import Capacity
from services.runtime.requests.linger import LingerMiddleware
from services.runtime.requests.middleware import RequestMiddleware
from services.runtime.requests.problems import EXCEPTION_HANDLERS

Hook = Callable[[], Awaitable[None]]
WAIT_SECONDS = 1.0
"""How long a request waits for a place before it is told to come back."""


def assemble(
    parts: ServiceParts,
    *,
    document: str,
    routes: Sequence[Route] = (),
    intents: Mapping[str, tuple[Intent, Handles]] | None = None,
    starting: Sequence[Hook] = (),
    closing: Sequence[Hook] = (),
    probes: Sequence[Probe] = (),
) -> Starlette:
    """Put them together. `document` is the OpenAPI document; `starting` runs before the service is ready."""
    settings = parts.settings

    async def serve_document(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    health = HealthEndpoint(settings=settings, lifecycle=parts.lifecycle, probes=(*parts.probes(), *probes))

    async def serve_health(request: Request) -> Response:
        return await health(request)

    capacity = Capacity(at_once=settings.concurrency, waiting=settings.queue, wait_seconds=WAIT_SECONDS)
    app = Starlette(
        routes=[
            *(_within(capacity, route) for route in routes),
            Route("/health", serve_health, methods=["GET"]),
            Route("/openapi.json", serve_document, methods=["GET"]),
        ],
        middleware=[
            Middleware(LifespanMiddleware),
            Middleware(LingerMiddleware),
            Middleware(CorrelationMiddleware),
            Middleware(RequestMiddleware, metrics=parts.metrics, tracer=parts.tracer),
            *([_intents(parts, intents, capacity)] if intents else ()),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan(
            parts.lifecycle,
            load=partial(_load, parts, starting),
            background=parts.background(),
            close=(*closing, parts.close),
            timeout_seconds=settings.start_timeout_seconds,
        ),
    )
    # a path is served as it is spelled, or not at all
    app.router.redirect_slashes = False
    app.state.lifecycle = parts.lifecycle
    return app


async def _load(parts: ServiceParts, starting: Sequence[Hook]) -> None:
    await asyncio.gather(*(load() for load in parts.loads()))
    for hook in starting:
        await hook()


def _within(capacity: Capacity, route: Route) -> Route:
    """A route of the clients' door, which takes a place for each request."""
    serve = route.endpoint

    async def endpoint(request: Request) -> Response:
        async with capacity.place():
            response: Response = await serve(request)
            return response

    return Route(route.path, endpoint, methods=sorted(route.methods or ()))


def _intents(
    parts: ServiceParts, intents: Mapping[str, tuple[Intent, Handles]], capacity: Capacity
) -> Middleware:
    settings = parts.settings
    return Middleware(
        IntentMiddleware,
        service=settings.service,
        intents=intents,
        admission=parts.admission,
        deeds=parts.deeds,
        capacity=capacity,
        limit_seconds=settings.request_seconds,
        max_body_bytes=settings.max_body_bytes,
    )
