"""An application for the tests of the server: a request that lasts, and a start that can fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.application import Surroundings, build
from services.runtime.errors import SecretUnavailableError
from services.runtime.process.lifecycle import Lifecycle, lifespan
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import NoExporter, Tracer

log = logs.get_logger()


async def slow(_request: Request) -> Response:
    log.info("slow begun")
    while not Path(os.environ["GO_ON"]).exists():  # noqa: ASYNC110, ASYNC240 - the test is another process
        await asyncio.sleep(0.02)
    return PlainTextResponse("done")


async def load() -> None:
    if os.environ.get("NEVER_READY"):
        raise SecretUnavailableError("arn:secret", "AccessDeniedException")


async def forever() -> None:
    await asyncio.Event().wait()


async def close() -> None:
    log.info("closed")


def create_app() -> Starlette:
    settings = read_settings(RuntimeSettings, os.environ)
    logs.configure(service=settings.service)
    lifecycle = Lifecycle(instance="test")
    around = Surroundings(
        settings=settings,
        lifecycle=lifecycle,
        lifespan=lifespan(
            lifecycle,
            load=load,
            background=(forever,),
            close=(close,),
            timeout_seconds=settings.start_timeout_seconds,
        ),
        metrics=Metrics(service=settings.service, environment=settings.environment),
        tracer=Tracer(service=settings.service, exporter=NoExporter()),
    )
    return build(around, title="Slow", description="", operations=[], routes=[Route("/slow", slow)])
