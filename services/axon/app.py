"""Axon's composition root."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from services.axon.heartbeat import Heart
from services.axon.reason import OPERATION, ReasonEndpoint
from services.axon.settings import AxonSettings
from services.runtime.application import Surroundings, build
from services.runtime.process import aws
from services.runtime.process.health import signing_key_probe
from services.runtime.process.lifecycle import Lifecycle, lifespan
from services.runtime.requests.guard import SignatureMiddleware, Verifier
from services.runtime.settings import read_settings
from services.runtime.signing.keys import SecretReader, SigningKeys
from services.runtime.telemetry import logs, xray
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Tracer

DESCRIPTION = "Reasons for the services that declare the call, and shows that it lives."


def create_app(environ: Mapping[str, str] | None = None, *, secrets: SecretReader | None = None) -> Starlette:
    """Axon, configured from `environ` (the process's environment). Raises `SettingsError`.

    `secrets` reads signing keys; AWS Secrets Manager unless given.
    """
    settings = read_settings(AxonSettings, os.environ if environ is None else environ)
    logs.configure(service=settings.service, level=settings.log_level)
    if secrets is None:
        secrets = aws.SecretsManager(
            aws.client("secretsmanager", region=settings.region, timeouts=aws.Timeouts())
        )
    return assemble(settings, secrets=secrets)


def assemble(settings: AxonSettings, *, secrets: SecretReader) -> Starlette:
    """Axon out of its settings and the edge it needs; changes nothing outside of itself."""
    lifecycle = Lifecycle()
    metrics = Metrics(service=settings.service, environment=settings.environment)
    tracer = Tracer(
        service=settings.service,
        exporter=xray.exporter(settings.xray_daemon_address),
        sample_rate=settings.trace_sample_rate,
    )
    keys = SigningKeys(
        reader=secrets, secret_ids={caller.service: caller.signing_secret for caller in settings.callers}
    )
    heart = Heart(
        service=settings.service,
        instance=lifecycle.instance,
        key=settings.heartbeat_key.get_secret_value().encode(),
    )

    async def close() -> None:
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
        probes=(signing_key_probe(keys),),
    )
    endpoint = ReasonEndpoint(heart=heart, metrics=metrics)
    return build(
        around,
        title="Axon",
        description=DESCRIPTION,
        operations=[OPERATION],
        routes=[Route("/reason", endpoint.__call__, methods=["POST"])],
        guards=[
            Middleware(
                SignatureMiddleware,
                verifier=Verifier(keys=keys, region=settings.region),
                max_body_bytes=settings.max_body_bytes,
            )
        ],
    )
