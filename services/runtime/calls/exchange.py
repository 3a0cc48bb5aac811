"""One signed request to a service, and its answer read. The edge to HTTP.

The proxy of the mesh comes from HTTP_PROXY, as for every HTTP client.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic

import httpx
from pydantic import ValidationError

from services.runtime import correlation, deadline
from services.runtime.calls.answer import AnswerT
from services.runtime.calls.errors import (
    InvalidAnswerError,
    SignatureRefusedError,
    TargetRefusedError,
    TargetTimeoutError,
    TargetUnavailableError,
    TransientTimeoutError,
    TransientUnavailableError,
    TransientUnreachableError,
)
from services.runtime.errors import ServiceError
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.signing.sign import SigningKey, sign
from services.runtime.telemetry import tracing

MAX_ANSWER_BYTES = 1_048_576
"""More than this is not read of an answer."""

_TRANSIENT = frozenset({429, 502, 503})
"""Statuses that say: not now, but perhaps later. Not 504: the target had all the time there was."""

_SIGNATURE_REFUSED = frozenset({401, 403})
"""Statuses of a refused signature: the target works, but our key may be old."""


class SignedExchange(Generic[AnswerT]):
    """Sends requests of `caller` to one declared call, `POST <url>/<intent>`, and reads the answers."""

    def __init__(
        self,
        *,
        call: CallSettings,
        answer: type[AnswerT],
        caller: str,
        region: str,
        keys: SigningKeys,
        http: httpx.AsyncClient,
        tracer: tracing.Tracer,
        attempt_seconds: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answer` is the model that an answer has to fit; `attempt_seconds` the most that one exchange may
        take.
        """
        self.call = call
        self._answer = answer
        self._caller = caller
        self._region = region
        self._keys = keys
        self._http = http
        self._tracer = tracer
        self._attempt_seconds = attempt_seconds
        self._monotonic = monotonic

    async def send(self, body: bytes, due: deadline.Deadline) -> AnswerT:
        """The answer to `body`, before `due`. Raises a `TargetError` of the kind that says what is wrong."""
        with self._tracer.subsegment(self.call.service, namespace="remote") as span:
            span.method, span.url = "POST", self._url
            response = await self._send_signed(body, due, span)
            span.status = response.status_code
            return self._read_response(response)

    @property
    def _url(self) -> str:
        return f"{self.call.url}/{self.call.intent}"

    async def _send_signed(self, body: bytes, due: deadline.Deadline, span: tracing.Span) -> httpx.Response:
        """One signed request and its whole answer."""
        name, now = self.call.service, self._monotonic()
        left = min(self._attempt_seconds, due.remaining(now))
        if left <= 0:
            raise TargetTimeoutError(
                name, "was not called: the time for the request is over", blames_target=False
            )
        try:
            key = self._keys.current(name)
        except ServiceError as error:
            raise TargetUnavailableError(
                name, f"cannot be called: {error.message}", blames_target=False
            ) from error
        headers = {
            "content-type": "application/json",
            correlation.HEADER: correlation.current() or correlation.new_id(),
            deadline.HEADER: str(int(left * 1000)),
            tracing.HEADER: span.header(),
        }
        signed = sign(
            method="POST",
            url=self._url,
            headers=headers,
            body=body,
            key=SigningKey(caller=self._caller, version=key.version, secret=key.value),
            region=self._region,
        )
        try:
            async with asyncio.timeout(left):
                return await self._fetch(signed, body)
        except (TimeoutError, httpx.TimeoutException) as error:
            # a request with little time left must not open the circuit for all others
            whole = left >= self._attempt_seconds
            raise TransientTimeoutError(
                name, f"did not answer within {left:.1f} s", blames_target=whole
            ) from error
        except httpx.HTTPError as error:
            raise TransientUnreachableError(name, f"cannot be reached: {type(error).__name__}") from error

    async def _fetch(self, headers: dict[str, str], body: bytes) -> httpx.Response:
        async with self._http.stream("POST", self._url, headers=headers, content=body) as response:
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > MAX_ANSWER_BYTES:
                    raise InvalidAnswerError(self.call.service, "answered too much")
                chunks.append(chunk)
        return httpx.Response(response.status_code, content=b"".join(chunks))

    def _read_response(self, response: httpx.Response) -> AnswerT:
        """The answer in `response`, or the error that it is."""
        name, status = self.call.service, response.status_code
        if status in _TRANSIENT:
            raise TransientUnavailableError(name, f"answered {status}: not now")
        if status == 504:
            raise TargetTimeoutError(name, "answered 504: not within the time", blames_target=False)
        if status in _SIGNATURE_REFUSED:
            raise SignatureRefusedError(name, f"refused the signature with {status}", blames_target=False)
        if 400 <= status < 500:
            raise TargetRefusedError(name, f"refused the request with {status}", blames_target=False)
        if status != 200:
            raise InvalidAnswerError(name, f"answered {status}")
        try:
            answer = self._answer.model_validate_json(response.content)
        except ValidationError as error:
            raise InvalidAnswerError(name, "answered something else than it documents") from error
        if answer.correlation_id != correlation.current() and correlation.current() is not None:
            raise InvalidAnswerError(name, "answered another request")
        return answer
