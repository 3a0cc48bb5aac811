"""Assembles a service: its routes, inside the middleware that every service has, in the right order.

settings = configure(OrdersSettings)
parts = ServiceParts.of(settings, secrets=SecretsManager.connect(region=settings.region))
return build(parts, title="Orders", description="...", operations=[...], routes=[...])
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.process.health import HealthEndpoint, Probe, ProcessHealth, signing_key_probe
from services.runtime.process.lifecycle import Lifecycle, Lifespan, LifespanMiddleware, lifespan
from services.runtime.requests import openapi
from services.runtime.requests.guard import SignatureMiddleware, Verifier
from services.runtime.requests.linger import LingerMiddleware
from services.runtime.requests.middleware import RequestMiddleware
from services.runtime.requests.problems import EXCEPTION_HANDLERS
from services.runtime.settings import RuntimeSettings, SettingsT, read_settings
from services.runtime.signing.keys import SecretReader, SigningKeys
from services.runtime.telemetry import logs, xray
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Tracer

HEALTH_OPERATION = openapi.ApiOperation(
    method="get",
    path="/health",
    operation_id="health",
    summary="State of this process and of what it depends on",
    description="A dependency in trouble makes the service `degraded`, which still answers 200.",
    responses=(
        openapi.ApiResponse(status=200, description="Give it requests", model=ProcessHealth),
        openapi.ApiResponse(
            status=503, description="It is stopping: give it no new requests", model=ProcessHealth
        ),
    ),
)


def configure(model: type[SettingsT], environ: Mapping[str, str] | None = None) -> SettingsT:
    """The service's settings out of `environ` (the process's environment), and logs set up as they say.

    Raises `ServiceSettingsError`.
    """
    settings = read_settings(model, os.environ if environ is None else environ)
    logs.configure(service=settings.service, level=settings.log_level)
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """What every service has besides its own work.

    `caller_keys` verify the requests that come in, `call_keys` sign the calls that go out.
    """

    settings: RuntimeSettings
    lifecycle: Lifecycle
    metrics: Metrics
    tracer: Tracer
    caller_keys: SigningKeys
    call_keys: SigningKeys

    @classmethod
    def of(cls, settings: RuntimeSettings, *, secrets: SecretReader) -> Self:
        """The parts of a service as its settings say; changes nothing outside of them."""
        callers = {caller.service: caller.signing_secret for caller in settings.callers}
        calls = {call.service: call.signing_secret for call in settings.calls}
        return cls(
            settings=settings,
            lifecycle=Lifecycle(),
            metrics=Metrics(service=settings.service, environment=settings.environment),
            tracer=Tracer(
                service=settings.service,
                exporter=xray.exporter(settings.xray_daemon_address),
                sample_rate=settings.trace_sample_rate,
            ),
            caller_keys=SigningKeys(reader=secrets, secret_ids=callers),
            call_keys=SigningKeys(reader=secrets, secret_ids=calls),
        )


def build(
    parts: ServiceParts,
    *,
    title: str,
    description: str,
    operations: Sequence[openapi.ApiOperation],
    routes: Sequence[Route],
    guarded: bool = True,
    probes: Sequence[Probe] = (),
    close: Sequence[Callable[[], Awaitable[None]]] = (),
) -> Starlette:
    """The ASGI application: `routes`, `/health` and `/openapi.json`, inside the middleware of every service.

    It serves only requests that a declared caller has signed, unless it is not `guarded`. It is ready once
    the signing keys are read; at its end it runs each `close`.
    """
    settings = parts.settings
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

    health = HealthEndpoint(
        settings=settings,
        lifecycle=parts.lifecycle,
        probes=(signing_key_probe(parts.caller_keys), signing_key_probe(parts.call_keys), *probes),
    )

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
            Middleware(RequestMiddleware, metrics=parts.metrics, tracer=parts.tracer),
            *([_guard(parts)] if guarded else ()),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=_lifespan(parts, close),
    )
    app.state.lifecycle = parts.lifecycle
    return app


def _guard(parts: ServiceParts) -> Middleware:
    return Middleware(
        SignatureMiddleware,
        verifier=Verifier(keys=parts.caller_keys, region=parts.settings.region),
        max_body_bytes=parts.settings.max_body_bytes,
    )


def _lifespan(parts: ServiceParts, close: Sequence[Callable[[], Awaitable[None]]]) -> Lifespan:
    """Reads all signing keys before the service is ready, and again and again while it runs."""
    settings, both = parts.settings, (parts.caller_keys, parts.call_keys)

    async def load() -> None:
        await asyncio.gather(*(keys.load() for keys in both))

    async def close_tracer() -> None:
        parts.tracer.close()

    return lifespan(
        parts.lifecycle,
        load=load,
        background=[partial(keys.refresh_forever, settings.key_refresh_seconds) for keys in both],
        close=(*close, close_tracer),
        timeout_seconds=settings.start_timeout_seconds,
    )
