"""Orbit's composition root."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from services.orbit.dispatch import OPERATION, DispatchEndpoint
from services.orbit.dispatcher import Dispatcher, Targets
from services.orbit.models import TargetAnswer
from services.orbit.settings import OrbitSettings
from services.runtime.application import Surroundings, build
from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker
from services.runtime.calls.exchange import SignedExchange
from services.runtime.calls.target import TargetClient
from services.runtime.governance import AsyncGovernance
from services.runtime.governance.invoker import THREADS
from services.runtime.process import aws
from services.runtime.process.health import Dependency, Probe, signing_key_probe
from services.runtime.process.lifecycle import Lifecycle, lifespan
from services.runtime.settings import read_settings
from services.runtime.signing.keys import SecretReader, SigningKeys
from services.runtime.telemetry import logs, xray
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Tracer

DESCRIPTION = "Dispatches work to other services when governance allows it."


def create_app(environ: Mapping[str, str] | None = None) -> Starlette:
    """Orbit, configured from `environ` (the process's environment). Raises `SettingsError`."""
    settings = read_settings(OrbitSettings, os.environ if environ is None else environ)
    logs.configure(service=settings.service, level=settings.log_level)
    # a little more than the wait for governance, which is what shall end a call
    waits = aws.Timeouts(connect=settings.governance_seconds, read=settings.governance_seconds + 0.5)
    secrets = aws.client("secretsmanager", region=settings.region, timeouts=aws.Timeouts())
    lambdas = aws.client("lambda", region=settings.region, timeouts=waits, pool=THREADS)
    return assemble(settings, secrets=aws.SecretsManager(secrets), lambdas=lambdas)


def assemble(
    settings: OrbitSettings,
    *,
    secrets: SecretReader,
    lambdas: Any,
    http: Callable[[], httpx.AsyncClient] | None = None,
) -> Starlette:
    """Orbit out of its settings and the edges it needs; changes nothing outside of itself.

    `lambdas` is a botocore client of `lambda`; `http` makes the HTTP client for calls of services.
    """
    lifecycle = Lifecycle()
    metrics = Metrics(service=settings.service, environment=settings.environment)
    tracer = Tracer(
        service=settings.service,
        exporter=xray.exporter(settings.xray_daemon_address),
        sample_rate=settings.trace_sample_rate,
    )
    keys = SigningKeys(
        reader=secrets, secret_ids={call.service: call.signing_secret for call in settings.calls}
    )
    client = (http or http_client)()
    targets = _targets(settings, keys=keys, http=client, tracer=tracer)
    governance = AsyncGovernance(
        client=lambdas,
        function=settings.governance_function,
        tracer=tracer,
        timeout_seconds=settings.governance_seconds,
    )

    async def close() -> None:
        governance.close()
        await client.aclose()
        tracer.close()

    around = Surroundings(
        settings=settings,
        lifecycle=lifecycle,
        lifespan=lifespan(
            lifecycle,
            load=keys.load,
            background=(partial(keys.refresh_forever, settings.key_refresh_seconds),),
            close=(close,),
            timeout_seconds=settings.start_timeout_seconds,
        ),
        metrics=metrics,
        tracer=tracer,
        probes=(signing_key_probe(keys), _breaker_probe(targets)),
    )
    endpoint = DispatchEndpoint(
        dispatcher=Dispatcher(
            service=settings.service, targets=targets, governance=governance, metrics=metrics
        ),
        limit_seconds=settings.dispatch_seconds,
        max_body_bytes=settings.max_body_bytes,
    )
    return build(
        around,
        title="Orbit",
        description=DESCRIPTION,
        operations=[OPERATION],
        routes=[Route("/dispatch", endpoint.__call__, methods=["POST"])],
    )


def http_client() -> httpx.AsyncClient:
    """The client for calls of services: proxies from the environment, connections kept for less than their
    server does.
    """
    return httpx.AsyncClient(
        follow_redirects=False,
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0),
        timeout=httpx.Timeout(None),
    )


def _targets(
    settings: OrbitSettings, *, keys: SigningKeys, http: httpx.AsyncClient, tracer: Tracer
) -> Targets:
    """One client for each declared call, with one circuit breaker for each service."""
    config = BreakerConfig(slow_call_seconds=settings.attempt_seconds * 0.75)
    breakers = {call.service: CircuitBreaker(config) for call in settings.calls}
    return {
        (call.service, call.intent): TargetClient(
            exchange=SignedExchange(
                call=call,
                answer=TargetAnswer,
                caller=settings.service,
                region=settings.region,
                keys=keys,
                http=http,
                tracer=tracer,
                attempt_seconds=settings.attempt_seconds,
            ),
            keys=keys,
            breaker=breakers[call.service],
        )
        for call in settings.calls
    }


def _breaker_probe(targets: Targets) -> Probe:
    def probe() -> dict[str, Dependency]:
        found = {}
        for (service, _), client in targets.items():
            state = client.breaker.state
            found[f"circuit-breaker:{service}"] = Dependency(
                status="ok" if state == "closed" else "degraded", detail=state.replace("_", "-")
            )
        return found

    return probe
