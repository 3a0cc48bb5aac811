"""The clients' door of an application: the paths under `[ingress]`, handed on without a grant.

None of them is an intent's, however the application may spell its paths: what could be read as another path
is not found here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gate import headers
from services.gate.application import GuardedApplication
from services.gate.settings import GateSettings
from services.runtime.errors import BodyTooLargeError
from services.runtime.intents.call import origin
from services.runtime.intents.door import at_the_door
from services.runtime.parts import ServiceParts
from services.runtime.requests.bodies import read_body
from services.runtime.requests.problems import ProblemError, too_large

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLAIN = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?")
"""Nothing encoded, no empty segment, none that begins with a point: one spelling for each path."""


def door_routes(parts: ServiceParts, settings: GateSettings, application: GuardedApplication) -> list[Route]:
    """A route for each declared path; `/health` is the gate's own."""
    intents = frozenset(intent.name for intent in settings.intents)

    async def serve(request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        if not is_of_the_door(path, intents):
            raise ProblemError(
                slug="not-found", title="Not found", status=404, detail="there is nothing at this path"
            )
        return await _forward(request, path, settings, application)

    endpoint = at_the_door(serve, parts.clients, limit_seconds=settings.request_seconds)
    return [Route(route_path(path), endpoint, methods=list(METHODS)) for path in settings.ingress]


def route_path(pattern: str) -> str:
    """A path of the load balancer's, where `*` stands for anything, as Starlette has it."""
    first, *others = pattern.split("*")
    return first + "".join(f"{{rest{number}:path}}{part}" for number, part in enumerate(others))


def is_of_the_door(path: str, intents: Iterable[str]) -> bool:
    """Whether a path that a declared one covers may go on. Some servers take `/Credit/` for `/credit`, and
    `/credit.json`, too.
    """
    return _PLAIN.fullmatch(path) is not None and path.strip("/").lower().partition(".")[0] not in {*intents}


async def _forward(
    request: Request, path: str, settings: GateSettings, application: GuardedApplication
) -> Response:
    try:
        body = await read_body(request.scope, request.receive, limit=settings.max_body_bytes)
    except BodyTooLargeError as error:
        raise too_large(error.limit) from error
    # a token that was verified here is nobody else's to use
    dropped = frozenset({"authorization"} if settings.clients else ())
    given: dict[str, str] = {}
    for name, value in headers.passed_on(request.scope["headers"], dropped=dropped):
        given[name] = f"{given[name]}, {value}" if name in given else value
    query = request.scope["query_string"].decode("latin-1")
    due = origin().deadline
    try:
        async with asyncio.timeout(None if due is None else due.remaining(time.monotonic())):
            answer = await application.forward(
                request.method, f"{path}?{query}" if query else path, given, body
            )
    except TimeoutError as error:
        raise ProblemError(
            slug="out-of-time",
            title="Out of time",
            status=504,
            detail="the application did not answer in time",
        ) from error
    response = Response(answer.body, status_code=answer.status)
    for name, value in headers.passed_on(answer.headers, dropped=frozenset()):
        response.headers.append(name, value)
    return response
