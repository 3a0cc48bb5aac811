"""Orbit's composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from services.orbit.dispatch import OPERATION, DispatchEndpoint
from services.orbit.dispatcher import Dispatcher
from services.orbit.models import TargetAnswer
from services.orbit.settings import OrbitSettings
from services.runtime.application import ServiceParts, build, configure
from services.runtime.calls.clients import breaker_probe, http_client, target_clients
from services.runtime.governance import AsyncGovernance
from services.runtime.governance.invoker import THREADS
from services.runtime.process import aws
from services.runtime.signing.keys import SecretReader

DESCRIPTION = "Dispatches work to other services when governance allows it."


def create_app(environ: Mapping[str, str] | None = None) -> Starlette:
    """Orbit, configured from `environ` (the process's environment). Raises `ServiceSettingsError`."""
    settings = configure(OrbitSettings, environ)
    # a little more than the wait for governance, which is what shall end a call
    waits = aws.Timeouts(connect=settings.governance_seconds, read=settings.governance_seconds + 0.5)
    return assemble(
        settings,
        secrets=aws.SecretsManager.connect(region=settings.region),
        lambdas=aws.client("lambda", region=settings.region, timeouts=waits, pool=THREADS),
    )


def assemble(
    settings: OrbitSettings,
    *,
    secrets: SecretReader,
    lambdas: Any,
    http: Callable[[], httpx.AsyncClient] = http_client,
) -> Starlette:
    """Orbit out of its settings and the edges it needs; changes nothing outside of itself.

    `lambdas` is a botocore client of `lambda`; `http` makes the HTTP client for calls of services.
    """
    parts = ServiceParts.of(settings, secrets=secrets)
    client = http()
    targets = target_clients(
        settings,
        answer=TargetAnswer,
        keys=parts.call_keys,
        http=client,
        tracer=parts.tracer,
        attempt_seconds=settings.attempt_seconds,
    )
    governance = AsyncGovernance(
        client=lambdas,
        function=settings.governance_function,
        tracer=parts.tracer,
        timeout_seconds=settings.governance_seconds,
    )

    async def close() -> None:
        governance.close()
        await client.aclose()

    endpoint = DispatchEndpoint(
        dispatcher=Dispatcher(
            service=settings.service, targets=targets, governance=governance, metrics=parts.metrics
        ),
        limit_seconds=settings.dispatch_seconds,
        max_body_bytes=settings.max_body_bytes,
    )
    return build(
        parts,
        title="Orbit",
        description=DESCRIPTION,
        operations=[OPERATION],
        routes=[Route("/dispatch", endpoint.__call__, methods=["POST"])],
        # its clients come through the load balancer, and sign nothing
        guarded=False,
        probes=[breaker_probe(targets)],
        close=[close],
    )
