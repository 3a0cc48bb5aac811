"""`POST /reason`: the handler and its OpenAPI description."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.axon.heartbeat import Heart
from services.axon.models import ReasonAnswer, ReasonRequest, ReasonResult
from services.runtime import correlation, deadline
from services.runtime.requests.openapi import ApiOperation, ApiResponse
from services.runtime.requests.problems import ProblemDetails, ProblemError, describe, invalid_request
from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metric, Metrics

log = logs.get_logger()

LIMIT_SECONDS = 10.0
"""The longest that a request may take, even if its caller would wait longer."""

OPERATION = ApiOperation(
    method="post",
    path="/reason",
    operation_id="reason",
    summary="Reason, and give a sign of life",
    description="Only for signed requests of services that declare the call.",
    body=ReasonRequest,
    signed=True,
    request_headers={
        correlation.HEADER: "Names the request in every log",
        deadline.HEADER: "Milliseconds that the caller will wait",
    },
    responses=(
        ApiResponse(status=200, description="The heartbeat and the result", model=ReasonAnswer),
        ApiResponse(status=400, description="The body is not what is documented", model=ProblemDetails),
        ApiResponse(
            status=401,
            description="Credentials are missing, or not valid now",
            model=ProblemDetails,
            headers={"www-authenticate": "AWS4-HMAC-SHA256"},
        ),
        ApiResponse(status=403, description="The signature is not accepted", model=ProblemDetails),
        ApiResponse(status=413, description="The body is too large", model=ProblemDetails),
        ApiResponse(status=500, description="A defect; the log has the reason", model=ProblemDetails),
        ApiResponse(
            status=504, description="The deadline passed before there was an answer", model=ProblemDetails
        ),
    ),
)


class ReasonEndpoint:
    """Answers verified requests to reason: `work` within the deadline, then a heartbeat with its result.

    A real service puts its own work in the place of `work`.
    """

    def __init__(
        self,
        *,
        heart: Heart,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        """`heart` stamps the answers."""
        self._heart = heart
        self._metrics = metrics
        self._monotonic = monotonic
        self._limit_seconds = limit_seconds

    async def work(self, asked: ReasonRequest) -> ReasonResult:
        """The reasoning itself; the reference workload only counts the characters."""
        return ReasonResult(conclusion="acknowledged", input_characters=len(asked.input or ""))

    async def __call__(self, request: Request) -> Response:
        """Serve one request. Raises `ProblemError` for a wrong body, and when the deadline passes."""
        try:
            asked = ReasonRequest.model_validate_json(await request.body())
        except ValidationError as error:
            raise invalid_request(describe(error)) from error
        now = self._monotonic()
        due = deadline.from_header(
            request.headers.get(deadline.HEADER), limit_seconds=self._limit_seconds, now=now
        )
        caller = request.scope.get("state", {}).get("caller")
        log.info("reason requested", caller=caller, tenant=asked.tenant, deadline_ms=int(due.header(now)))
        try:
            result = await self._work_within(due.remaining(now), asked)
        except TimeoutError as error:
            log.warning("deadline passed", deadline_ms=int(due.header(now)))
            raise ProblemError(
                slug="deadline-exceeded",
                title="Deadline exceeded",
                status=504,
                detail="the time that the caller gave passed before there was an answer",
            ) from error
        beat = self._heart.beat()
        answer = ReasonAnswer(heartbeat=beat, result=result, correlation_id=correlation.current() or "")
        self._metrics.log(
            "heartbeat sent",
            [Metric(name="Heartbeats", value=1)],
            caller=caller,
            instance=beat.instance,
            sequence=beat.sequence,
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    async def _work_within(self, seconds: float, asked: ReasonRequest) -> ReasonResult:
        """The result of the work. Raises `TimeoutError` after `seconds`, or at once when there are none."""
        if seconds <= 0:
            # asyncio.timeout interrupts only what waits for something
            raise TimeoutError
        async with asyncio.timeout(seconds):
            return await self.work(asked)
