"""An application for the tests of the server: a request that lasts, and a start that can fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.application import assemble
from services.runtime.parts import Edges, ServiceParts
from services.runtime.settings import CallerSettings, RuntimeSettings, read_settings
from services.runtime.telemetry import logs
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.parts import NoHttp

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
    settings = read_settings(RuntimeSettings, os.environ).model_copy(
        update={"callers": (CallerSettings(service="peer", signing_secret=SECRET),)}
    )
    secrets = SecretsInMemory()
    secrets.rotate(SECRET, "v1", "k" * 64)
    if os.environ.get("NEVER_READY"):
        secrets.failing = "AccessDeniedException"
    return assemble(
        ServiceParts.of(settings, Edges(secrets=secrets, http=NoHttp())),
        document="{}",
        routes=[Route("/slow", slow)],
        closing=[close],
    )
