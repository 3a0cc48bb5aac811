"""An application for the tests of the server: a request that lasts, and a start that can fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.application import ServiceParts, build, configure
from services.runtime.settings import CallerSettings, RuntimeSettings
from services.runtime.telemetry import logs
from tests.support.services.doubles import SecretsInMemory

log = logs.get_logger()

SECRET = "arn:secret"


async def slow(_request: Request) -> Response:
    log.info("slow begun")
    while not Path(os.environ["GO_ON"]).exists():  # noqa: ASYNC110, ASYNC240 - the test is another process
        await asyncio.sleep(0.02)
    return PlainTextResponse("done")


async def close() -> None:
    log.info("closed")


def create_app() -> Starlette:
    settings = configure(RuntimeSettings).model_copy(
        update={"callers": (CallerSettings(service="peer", signing_secret=SECRET),)}
    )
    secrets = SecretsInMemory()
    secrets.rotate(SECRET, "v1", "k" * 64)
    if os.environ.get("NEVER_READY"):
        secrets.failing = "AccessDeniedException"
    return build(
        ServiceParts.of(settings, secrets=secrets),
        title="Slow",
        description="",
        operations=[],
        routes=[Route("/slow", slow)],
        guarded=False,
        close=[close],
    )
