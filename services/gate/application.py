"""The application behind the gate: does the intents that were admitted, and says whether it is well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.gate import headers
from services.gate.answers import failed, read_answer
from services.gate.settings import GateSettings
from services.gate.under_way import RequestsUnderWay
from services.runtime.calls.http import (
    AioHttpClient,
    BrokenError,
    HttpAnswer,
    NotSentError,
    TooLargeAnswerError,
)
from services.runtime.intents.call import Call
from services.runtime.requests.problems import NotBegunError, ProblemError
from services.runtime.telemetry import logs, tracing

log = logs.get_logger()

KEEP_ALIVE_SECONDS = 2.0
"""Less than the 5 s of uvicorn and Node, so that no request is sent while the application hangs up."""


class GuardedApplication:
    """Speaks to it, over the loopback of the task."""

    def __init__(self, settings: GateSettings, requests: RequestsUnderWay) -> None:
        """Nothing is sent yet."""
        self._url = settings.application_url
        self._health = f"{settings.application_url}{settings.application_health}"
        self._health_seconds = settings.application_health_seconds
        self._token = settings.token.get_secret_value()
        self._requests = requests
        self._http = AioHttpClient(through_proxy=False, keep_alive_seconds=KEEP_ALIVE_SECONDS)

    async def do(self, intent: str, call: Call[bytes]) -> bytes:
        """The JSON of the result. Raises ProblemError, and NotBegunError if it surely got nothing."""
        with tracing.subsegment("application") as span, self._requests.begin() as request:
            given = headers.handed_over(call, token=self._token, request=request.id)
            answer = await self._send("POST", f"/{intent}", given, call.payload)
            span.status = answer.status
            return read_answer(answer, request.denial)

    async def forward(self, method: str, target: str, given: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The answer to a request of its clients' door, with headers of the client. Raises ProblemError."""
        with tracing.subsegment("application") as span, self._requests.begin() as request:
            written = headers.at_the_door(token=self._token, request=request.id)
            answer = await self._send(method, target, {**given, **written}, body)
            span.status = answer.status
            return answer

    async def _send(self, method: str, target: str, given: Mapping[str, str], body: bytes) -> HttpAnswer:
        try:
            return await self._http.request(method, f"{self._url}{target}", given, body)
        except NotSentError as error:
            log.error("application not reached", problem=str(error))  # noqa: TRY400 - it is foreseen
            raise NotBegunError(
                slug="application-unreachable",
                title="The application cannot be reached",
                status=503,
                detail="the application does not take connections",
                headers={"retry-after": "1"},
            ) from error
        except BrokenError as error:
            log.error("application broke off", problem=str(error))  # noqa: TRY400 - it is foreseen
            raise ProblemError(
                slug="application-unreachable",
                title="The application cannot be reached",
                status=502,
                detail="the application broke off; it may have done what was asked",
            ) from error
        except TooLargeAnswerError as error:
            raise failed("answered more than 1 MiB") from error

    async def problem(self) -> str | None:
        """What is wrong with it, or None if it answers on its health path with a 2xx."""
        try:
            async with asyncio.timeout(self._health_seconds):
                answer = await self._http.get(self._health, {headers.TOKEN: self._token})
        except TimeoutError:
            return f"its health check took more than {self._health_seconds:g} s"
        except (NotSentError, BrokenError) as error:
            return f"its health check failed: {error}"
        except TooLargeAnswerError:
            return "its health check answered more than 1 MiB"
        return None if 200 <= answer.status < 300 else f"its health check answered {answer.status}"

    async def close(self) -> None:
        """Close its connections."""
        await self._http.close()


class ApplicationHandler:
    """Does one intent with the application; what it gets is the body that was verified, byte for byte."""

    def __init__(self, intent: str, application: GuardedApplication) -> None:
        self._intent = intent
        self._application = application

    @property
    def name(self) -> str:
        """For the log."""
        return f"application:/{self._intent}"

    def read(self, body: bytes) -> bytes:
        """The payload is the application's to read."""
        return body

    async def run(self, call: Call[Any]) -> bytes:
        """The JSON of the application's answer."""
        return await self._application.do(self._intent, call)
