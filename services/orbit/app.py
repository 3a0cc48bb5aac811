"""Orbit: dispatches work to other services, when governance allows it."""

from __future__ import annotations

import time

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.orbit.dispatcher import dispatch
from services.orbit.models import DispatchAnswer, DispatchRequest
from services.runtime import Service, correlation, deadline
from services.runtime.intents.call import origin
from services.runtime.problem_answers import problem_of
from services.runtime.requests.admission import IDEMPOTENCY_KEY
from services.runtime.requests.bodies import read_body
from services.runtime.requests.openapi import ApiOperation, ApiResponse
from services.runtime.requests.problems import (
    CallProblemDetails,
    DenialDetails,
    ProblemDetails,
    describe,
    invalid_request,
)
from services.runtime.settings import RuntimeSettings

service = Service(title="Orbit", description="Dispatches work to other services when governance allows it.")

DISPATCH = ApiOperation(
    method="post",
    path="/dispatch",
    operation_id="dispatch",
    summary="Have work done by another service, if governance allows it",
    description="Governance is asked first. Without its permission no service is called.",
    body=DispatchRequest,
    request_headers={
        correlation.HEADER: "Names the request in every log; made when it is missing or not usable",
        deadline.HEADER: "Milliseconds that the caller will wait; more than the service's own limit is cut",
        IDEMPOTENCY_KEY: "Names the deed: the same key and body is done once, and answered alike",
    },
    responses=(
        ApiResponse(status=200, description="Allowed and done", model=DispatchAnswer),
        ApiResponse(status=400, description="The body is not what is documented", model=ProblemDetails),
        ApiResponse(status=403, description="Denied by policy", model=DenialDetails),
        ApiResponse(status=408, description="The body took too long to arrive", model=ProblemDetails),
        ApiResponse(status=409, description="The idempotency key has another body", model=ProblemDetails),
        ApiResponse(status=413, description="The body is too large", model=ProblemDetails),
        ApiResponse(status=500, description="A defect; the log has the reason", model=ProblemDetails),
        ApiResponse(status=501, description="Allowed, but no such call is declared", model=ProblemDetails),
        ApiResponse(status=502, description="The target gave no usable answer", model=ProblemDetails),
        ApiResponse(
            status=503,
            description="Governance or the target cannot answer now",
            model=CallProblemDetails,
            headers={"retry-after": "Seconds to wait"},
        ),
        ApiResponse(status=504, description="The target did not answer in time", model=ProblemDetails),
    ),
)


@service.route(DISPATCH)
async def serve_dispatch(request: Request) -> Response:
    """Serve one request. Raises ProblemError for a wrong body, and for a dispatch without an answer."""
    settings = service.settings(RuntimeSettings)
    body = await read_body(request.scope, request.receive, limit=settings.max_body_bytes)
    try:
        asked = DispatchRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_request(describe(error)) from error
    client = origin()
    if client.authenticated:
        if asked.tenant not in (None, client.tenant) or asked.context:
            raise invalid_request("`tenant` and `context` are what the client proved: leave them out")
        asked = asked.model_copy(update={"tenant": client.tenant, "context": client.context})
    due = deadline.from_header(
        request.headers.get(deadline.HEADER),
        limit_seconds=settings.request_seconds,
        now=time.monotonic(),
    )
    with problem_of():
        answer = await dispatch(
            asked,
            caller=service.caller,
            calls=settings.calls,
            metrics=service.metrics,
            due=due,
            correlation_id=correlation.current() or correlation.new_id(),
            idempotency_key=request.headers.get(IDEMPOTENCY_KEY),
            proven=client.proven,
        )
    return Response(answer.model_dump_json(), media_type="application/json")
