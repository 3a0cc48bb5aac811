"""`POST /dispatch`: the handler and its OpenAPI description."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.orbit.dispatcher import Dispatcher
from services.orbit.models import Denial, DispatchAnswer, DispatchRequest
from services.runtime import correlation, deadline
from services.runtime.requests.bodies import read_body
from services.runtime.requests.openapi import ApiOperation, ApiResponse
from services.runtime.requests.problems import ProblemDetails, describe, invalid_request

OPERATION = ApiOperation(
    method="post",
    path="/dispatch",
    operation_id="dispatch",
    summary="Have work done by another service, if governance allows it",
    description="Governance is asked first. Without its permission no service is called.",
    body=DispatchRequest,
    request_headers={
        correlation.HEADER: "Names the request in every log; made when it is missing or not usable",
        deadline.HEADER: "Milliseconds that the caller will wait; more than the service's own limit is cut",
    },
    responses=(
        ApiResponse(status=200, description="Allowed and done", model=DispatchAnswer),
        ApiResponse(status=400, description="The body is not what is documented", model=ProblemDetails),
        ApiResponse(status=403, description="Denied by policy, or governance cannot decide", model=Denial),
        ApiResponse(status=413, description="The body is too large", model=ProblemDetails),
        ApiResponse(status=500, description="A defect; the log has the reason", model=ProblemDetails),
        ApiResponse(status=501, description="Allowed, but no such call is declared", model=ProblemDetails),
        ApiResponse(
            status=502,
            description="The target could not be reached or gave no usable answer",
            model=ProblemDetails,
        ),
        ApiResponse(
            status=503,
            description="The target cannot answer now, or its circuit breaker is open",
            model=ProblemDetails,
            headers={"retry-after": "Seconds to wait"},
        ),
        ApiResponse(status=504, description="The target did not answer in time", model=ProblemDetails),
    ),
)


class DispatchEndpoint:
    """Reads a request, passes it to the dispatcher, and writes the answer."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        limit_seconds: float,
        max_body_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limit_seconds` is the longest that a dispatch may take."""
        self._dispatcher = dispatcher
        self._limit_seconds = limit_seconds
        self._max_body_bytes = max_body_bytes
        self._monotonic = monotonic

    async def __call__(self, request: Request) -> Response:
        """Serve one request. Raises `ProblemError` for a wrong body, and for a dispatch without an answer."""
        body = await read_body(request.scope, request.receive, limit=self._max_body_bytes)
        try:
            asked = DispatchRequest.model_validate_json(body)
        except ValidationError as error:
            raise invalid_request(describe(error)) from error
        wish = request.headers.get(deadline.HEADER)
        due = deadline.from_header(wish, limit_seconds=self._limit_seconds, now=self._monotonic())
        correlation_id = correlation.current() or correlation.new_id()
        answer = await self._dispatcher.dispatch(asked, due=due, correlation_id=correlation_id)
        return Response(answer.model_dump_json(), media_type="application/json")
