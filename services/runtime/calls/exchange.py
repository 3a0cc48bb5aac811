"""One signed request with its grant, and its answer read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.runtime import correlation, deadline
from services.runtime.calls.errors import (
    DeniedByTargetError,
    GrantRefusedError,
    InvalidAnswerError,
    PayloadRefusedError,
    SignatureRefusedError,
    TargetError,
    TargetRefusedError,
    TargetTimeoutError,
    TargetUnavailableError,
    TransientTimeoutError,
    TransientUnavailableError,
    TransientUnreachableError,
)
from services.runtime.calls.http import (
    BrokenError,
    HttpAnswer,
    HttpClient,
    NotSentError,
    TooLargeAnswerError,
)
from services.runtime.errors import ServiceError
from services.runtime.grants import grant
from services.runtime.requests.admission import CONTEXT, IDEMPOTENCY_KEY, TENANT, UNPROVEN, spelled_context
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.signing.sign import SigningKey, sign
from services.runtime.telemetry import tracing

_TRANSIENT = frozenset({429, 502, 503})
"""Statuses that say: not now. 504 is left out: the receiver had all the time there was."""

_OWN_SHARE = 0.25
"""A time-out is no fault of the target when this process was late for so much of the time."""

_PROBLEM = "urn:myelin:problem:"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingCall:
    """A call as it is sent, each attempt alike but for its signature. `body` is JSON."""

    settings: CallSettings
    body: bytes
    token: str
    tenant: str | None
    context: Mapping[str, Any]
    unproven: bool
    idempotency_key: str | None

    def headers(self) -> dict[str, str]:
        """The headers about the question; what is not said is not sent."""
        said = {
            grant.HEADER: self.token,
            TENANT: self.tenant,
            CONTEXT: spelled_context(self.context) if self.context else None,
            UNPROVEN: "1" if self.unproven else None,
            IDEMPOTENCY_KEY: self.idempotency_key,
        }
        return {name: value for name, value in said.items() if value is not None}


class SignedExchange:
    """Sends requests of `caller`, `POST <url>/<intent>`, and reads the answers."""

    def __init__(
        self,
        *,
        caller: str,
        region: str,
        keys: SigningKeys,
        http: HttpClient,
        tracer: tracing.Tracer,
        attempt_seconds: float = 2.0,
        late: Callable[[float], float] = lambda _: 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`attempt_seconds` is the most that one exchange may take; `late` says by how many seconds this
        process was late since a moment of the monotonic clock.
        """
        self._caller = caller
        self._region = region
        self._keys = keys
        self._http = http
        self._tracer = tracer
        self._attempt_seconds = attempt_seconds
        self._late = late
        self._monotonic = monotonic

    async def send(self, call: OutgoingCall, due: deadline.Deadline) -> Any:
        """The JSON value of the answer, before `due`. Raises a `TargetError` of the kind that says what is
        wrong.
        """
        url = f"{call.settings.url}/{call.settings.intent}"
        with self._tracer.subsegment("call"):
            answer = await self._exchange(call, url, due)
            return _read(call.settings.service, answer)

    async def _exchange(self, call: OutgoingCall, url: str, due: deadline.Deadline) -> HttpAnswer:
        name = call.settings.service
        left = min(self._attempt_seconds, due.remaining(self._monotonic()))
        if left <= 0:
            raise TargetTimeoutError(
                name, "was not called: the time for the request is over", blames_target=False
            )
        with self._tracer.subsegment("sign"):
            version, headers = self._sign(call, url, left)
        started = self._monotonic()
        try:
            with self._tracer.subsegment(name, namespace="remote") as span:
                span.method, span.url = "POST", url
                # not signed: proxies on the way may add to it
                headers[tracing.HEADER] = span.header()
                async with asyncio.timeout(left):
                    answer = await self._http.post(url, headers, call.body)
                span.status = answer.status
        except TimeoutError as error:
            # neither a request with little time left nor this process's own lateness may open the circuit
            whole = left >= self._attempt_seconds
            own = self._late(started) >= _OWN_SHARE * left
            raise TransientTimeoutError(
                name, f"did not answer within {left:.1f} s", blames_target=whole and not own
            ) from error
        except NotSentError as error:
            raise TransientUnreachableError(name, f"cannot be reached: {error}", sent=False) from error
        except BrokenError as error:
            raise TransientUnreachableError(name, f"broke the connection: {error}") from error
        except TooLargeAnswerError as error:
            raise InvalidAnswerError(name, "answered too much") from error
        if answer.status in (401, 403) and _slug(answer) in ("unauthenticated", "signature-refused"):
            raise SignatureRefusedError(name, answer.status, key_version=version)
        return answer

    def _sign(self, call: OutgoingCall, url: str, left: float) -> tuple[str, dict[str, str]]:
        """The version of the key that signed, and all headers to send."""
        name = call.settings.service
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
            **call.headers(),
        }
        signed = sign(
            method="POST",
            url=url,
            headers=headers,
            body=call.body,
            key=SigningKey(caller=self._caller, version=key.version, secret=key.value),
            region=self._region,
        )
        return key.version, signed


def _read(name: str, answer: HttpAnswer) -> Any:
    """The JSON value in `answer`, or the error that it is."""
    status = answer.status
    if status == 200:
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise InvalidAnswerError(name, "answered something that is not JSON") from error
    raise _error(name, status, answer)


def _error(name: str, status: int, answer: HttpAnswer) -> TargetError:
    slug = _slug(answer)
    if slug == "grant-refused":
        return GrantRefusedError(name, "refused the grant", blames_target=False)
    if slug in ("denied-by-policy", "governance-unavailable"):
        return DeniedByTargetError(name, status=status, problem=_problem(answer))
    if slug == "in-progress" or status in _TRANSIENT:
        return TransientUnavailableError(
            name, f"answered {status}: not now", blames_target=slug not in ("busy", "in-progress")
        )
    if status == 504:
        return TargetTimeoutError(name, "answered 504: not within the time", blames_target=False)
    if 400 <= status < 500:
        detail = _problem(answer).get("detail")
        said = f": {detail}" if isinstance(detail, str) else ""
        kind = PayloadRefusedError if slug in ("invalid-request", "request-too-large") else TargetRefusedError
        return kind(name, f"refused the request with {status}{said}", blames_target=False)
    return InvalidAnswerError(name, f"answered {status}")


def _problem(answer: HttpAnswer) -> dict[str, Any]:
    """The problem details in an answer; empty if there are none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _slug(answer: HttpAnswer) -> str:
    kind = _problem(answer).get("type")
    return kind.removeprefix(_PROBLEM) if isinstance(kind, str) else ""
