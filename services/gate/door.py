"""The application's way out: `POST /call/<service>/<intent>` on the task's loopback.

Who comes with the token is the application, and who it is nobody asks: every call is this service's own. With
`x-myelin-request` it is on behalf of the request that the application is working on, without it on its own.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gate import headers
from services.gate.answers import DENIALS
from services.gate.under_way import RequestsUnderWay, UnderWay
from services.runtime import correlation, deadline
from services.runtime.errors import BodyTooLargeError, PayloadError
from services.runtime.grants.question import read_payload
from services.runtime.parts import ServiceParts
from services.runtime.problem_answers import problem_of
from services.runtime.requests.admission import IDEMPOTENCY_KEY
from services.runtime.requests.bodies import ClientGoneError, read_body
from services.runtime.requests.problems import (
    ProblemError,
    internal_error,
    invalid_request,
    problem_response,
    too_large,
)
from services.runtime.telemetry import logs, tracing

log = logs.get_logger()

CALL_PATH = re.compile(rb"/call/(?P<service>[a-z][a-z0-9-]{0,62})/(?P<intent>[a-z][a-z0-9_-]{0,63})")
_KEY = re.compile(r"[!-~]{1,128}")
_MILLISECONDS = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _WantedCall:
    service: str
    intent: str
    payload: Any
    idempotency_key: str | None
    seconds: float | None

    @property
    def path(self) -> str:
        return f"/call/{self.service}/{self.intent}"


class CallDoor:
    """The ASGI application of the inner port."""

    def __init__(self, parts: ServiceParts, requests: RequestsUnderWay, *, token: str) -> None:
        self._parts = parts
        self._requests = requests
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            return
        try:
            response = await self._serve(scope, receive)
        except ClientGoneError:
            return
        except ProblemError as error:
            response = problem_response(error, instance=scope["path"])
        except Exception:
            log.exception("call of the application failed")
            response = problem_response(internal_error(), instance=scope["path"])
        await response(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive) -> Response:
        if not headers.is_from_application(scope, self._token):
            log.warning("call refused", reason="not_the_application")
            raise ProblemError(
                slug="not-the-application",
                title="Not the application",
                status=403,
                detail=f"`{headers.TOKEN}` has to be the value of GATE_TOKEN",
            )
        found = CALL_PATH.fullmatch(scope.get("raw_path") or b"")
        if found is None:
            raise ProblemError(
                slug="not-found",
                title="Not found",
                status=404,
                detail="calls are POST /call/<service>/<intent>",
            )
        if scope["method"] != "POST":
            raise ProblemError(
                slug="method-not-allowed",
                title="Method not allowed",
                status=405,
                detail="a call is made with POST",
                headers={"allow": "POST"},
            )
        if scope["query_string"]:
            raise invalid_request("a call has no query")
        key = _once(scope, IDEMPOTENCY_KEY, _KEY, "1 to 128 visible ASCII characters")
        wait = _once(scope, deadline.HEADER, _MILLISECONDS, "milliseconds")
        request = self._request(scope)
        try:
            payload = read_payload(await read_body(scope, receive, limit=self._parts.settings.max_body_bytes))
        except BodyTooLargeError as error:
            raise too_large(error.limit) from error
        except PayloadError as error:
            raise invalid_request(error.message) from error
        call = _WantedCall(
            service=found["service"].decode(),
            intent=found["intent"].decode(),
            payload=payload,
            idempotency_key=key,
            seconds=None if wait is None else int(wait) / 1000,
        )
        if request is not None:
            # what the call takes over is the request's, whatever this connection says
            within = request.context.copy()
            return await asyncio.create_task(self._made(call, request), context=within)
        given = [value.encode("latin-1") for value in headers.values(scope, correlation.HEADER)]
        trace = headers.values(scope, tracing.HEADER)
        with (
            correlation.serving(correlation.accept(given)),
            self._parts.tracer.segment(trace[0] if trace else None, method="POST", url=call.path),
        ):
            return await self._made(call, None)

    async def _made(self, call: _WantedCall, request: UnderWay | None) -> Response:
        """The answer of a call, in the context that it belongs to."""
        try:
            with problem_of():
                answer = await self._parts.call(
                    call.service,
                    call.intent,
                    call.payload,
                    idempotency_key=call.idempotency_key,
                    seconds=call.seconds,
                )
        except ProblemError as error:
            if request is not None and error.slug in DENIALS:
                request.denial = error
            response = problem_response(error, instance=call.path)
        else:
            response = Response(
                json.dumps(answer, separators=(",", ":"), ensure_ascii=False), media_type="application/json"
            )
        response.headers[correlation.HEADER] = correlation.current() or ""
        return response

    def _request(self, scope: Scope) -> UnderWay | None:
        """The request that the application says it works on."""
        names = headers.values(scope, headers.REQUEST)
        if not names:
            return None
        request = self._requests.find(names[0]) if len(names) == 1 else None
        if request is None:
            raise invalid_request(f"`{headers.REQUEST}` names no request that is being served")
        return request


def _once(scope: Scope, name: str, form: re.Pattern[str], expected: str) -> str | None:
    """The value of a header that stands once or not at all."""
    found = headers.values(scope, name)
    if not found:
        return None
    if len(found) > 1 or not form.fullmatch(found[0]):
        raise invalid_request(f"`{name}` has to be there once, with {expected}, or not at all")
    return found[0]
