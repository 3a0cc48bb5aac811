"""A service that does every intent that it declares, and writes down whenever a handler was reached.

It is copied into a project, where its file stands alone: it imports nothing of the tests. `POST /ask` is a
door through which it calls another service as the kit does.
"""

from __future__ import annotations

import json
import os
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.runtime import Call, Service
from services.runtime.problem_answers import problem_of
from services.runtime.requests.openapi import ApiOperation
from services.runtime.telemetry import logs

log = logs.get_logger()
service = Service()


def _offer(name: str) -> None:
    @service.intent(name)
    async def done(call: Call[Any]) -> dict[str, Any]:
        log.info("handler reached", caller=call.caller, intent=call.intent, proven=call.proven)
        if isinstance(call.payload, dict) and call.payload.get("fail") is True:
            raise ValueError("as the payload asks")
        return {"done_for": call.caller, "instance": service.instance}


for intent in json.loads(os.environ.get("INTENTS", "[]")):
    _offer(intent["name"])


ASK = ApiOperation(
    method="post",
    path="/ask",
    operation_id="ask",
    summary="Call another service",
    description="As the kit does",
    responses=(),
)


@service.route(ASK)
async def ask(request: Request) -> Response:
    """Takes `{service, intent, payload}`, and tenant and context as the client says."""
    asked = await request.json()
    with problem_of():
        answer = await service.call(
            asked["service"],
            asked["intent"],
            asked["payload"],
            tenant=asked.get("tenant"),
            context=asked.get("context"),
        )
    return JSONResponse(answer)
