"""The paths of the intents, `POST /<intent>`: the only way to a handler, and it leads through admission.

They are served here, before any routing: what is not the exact path of an intent never reaches a handler, and
a route of the service's own never has an intent's path.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.runtime import correlation, deadline
from services.runtime.errors import BodyTooLargeError, HandlerError, IdempotencyError
from services.runtime.idempotency.record import Deed, KeptAnswer, Refusal, hash_with_claims
from services.runtime.intents.call import Call, Origin, act_for
from services.runtime.intents.handler import Handles
from services.runtime.problem_answers import problem_of
from services.runtime.requests.admission import Admission, Admitted, Intent, Rejected
from services.runtime.requests.bodies import read_body
from services.runtime.requests.capacity import Capacity
from services.runtime.requests.problems import (
    NotBegunError,
    ProblemError,
    describe,
    internal_error,
    invalid_request,
    problem_response,
    too_large,
)
from services.runtime.requests.signable import signable
from services.runtime.signing.canonical import ALGORITHM, SignableRequest
from services.runtime.telemetry import logs, tracing

log = logs.get_logger()

JSON = "application/json"


class Deeds(Protocol):
    """Remembers what was done. See `services.runtime.idempotency.table.IdempotencyTable`; calls block."""

    def begin(self, deed: Deed, *, signature: str, owner: str, now: float) -> KeptAnswer | Refusal | None:
        """None: do it, and complete it. Raises IdempotencyError."""
        ...

    def complete(self, deed: Deed, answer: KeptAnswer, *, owner: str) -> None:
        """Keep the answer. Raises IdempotencyError."""
        ...

    def forget(self, deed: Deed, *, owner: str) -> None:
        """Let it be begun again: nothing of it was done. Raises IdempotencyError."""
        ...


class IntentMiddleware:
    """Pure ASGI middleware: serves the paths of the intents; the application inside serves the rest."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        intents: Mapping[str, tuple[Intent, Handles]],
        admission: Admission,
        deeds: Deeds | None,
        capacity: Capacity,
        limit_seconds: float,
        max_body_bytes: int,
        epoch_seconds: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`deeds` is needed when an intent is not safe to repeat; `limit_seconds` bounds every handler."""
        self._app = app
        self._service = service
        self._paths = {f"/{name}".encode(): offered for name, offered in intents.items()}
        self._admission = admission
        self._deeds = deeds
        self._capacity = capacity
        self._limit_seconds = limit_seconds
        self._max_body_bytes = max_body_bytes
        self._epoch_seconds = epoch_seconds
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        offered = None
        if scope["type"] == "http":
            raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
            offered = self._paths.get(raw_path)
        if offered is None:
            await self._app(scope, receive, send)
            return
        try:
            async with self._capacity.place():
                response = await self._serve(scope, receive, *offered)
        except ProblemError as error:
            response = problem_response(error, instance=scope["path"])
        await response(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, intent: Intent, handler: Handles) -> Response:
        if scope["method"] != "POST":
            raise ProblemError(
                slug="method-not-allowed",
                title="Method not allowed",
                status=405,
                detail="an intent is asked for with POST",
                headers={"allow": "POST"},
            )
        request = signable(scope)
        with tracing.subsegment("verify"):
            admitted, body = await self._admit(request, scope, receive, intent)
        wanted = request.header(deadline.HEADER)
        due = deadline.from_header(
            wanted[0] if len(wanted) == 1 else None, limit_seconds=self._limit_seconds, now=self._monotonic()
        )
        call = _call(admitted, handler, body, due)
        if intent.safe_to_repeat:
            return _response(await self._run(handler, call))
        return _response(await self._run_once(handler, call, admitted))

    async def _admit(
        self, request: SignableRequest, scope: Scope, receive: Receive, intent: Intent
    ) -> tuple[Admitted, bytes]:
        """The call and its body. Raises ProblemError for one that is refused."""
        head = await self._admission.head(request, intent)
        if isinstance(head, Rejected):
            raise _refusal(head)
        try:
            body = await read_body(scope, receive, limit=self._max_body_bytes)
        except BodyTooLargeError as error:
            raise too_large(error.limit) from error
        admitted = self._admission.body(head, body)
        if isinstance(admitted, Rejected):
            raise _refusal(admitted)
        log.info(
            "call admitted",
            caller=admitted.caller,
            intent=intent.name,
            tenant=admitted.tenant,
            decision_id=admitted.decision_id,
            key_version=head.claim.key_version,
        )
        return admitted, body

    async def _run_once(self, handler: Handles, call: Call[Any], admitted: Admitted) -> KeptAnswer:
        """Do the deed if nobody did before, and keep its answer before it is sent."""
        if self._deeds is None or admitted.idempotency_key is None:
            raise internal_error()
        deed = Deed(
            callee=self._service,
            caller=admitted.caller,
            intent=admitted.intent.name,
            key=admitted.idempotency_key,
            body_hash=hash_with_claims(admitted.body_hash, admitted.context),
            tenant=admitted.tenant,
            unproven=admitted.unproven,
        )
        owner = uuid.uuid4().hex
        try:
            told = await asyncio.to_thread(
                self._deeds.begin,
                deed,
                signature=admitted.signature,
                owner=owner,
                now=self._epoch_seconds(),
            )
        except IdempotencyError as error:
            log.error("deed not begun", problem=error.message)  # noqa: TRY400 - it is foreseen
            raise _unavailable() from error
        match told:
            case None:
                # the deed ends and is recorded, also when its client has gone
                return await asyncio.shield(self._do(handler, call, deed, owner))
            case KeptAnswer():
                log.info("deed repeated", outcome="answered", status=told.status)
                return told
            case _:
                log.warning("deed repeated", outcome=told.value)
                raise _repeated(told)

    async def _do(self, handler: Handles, call: Call[Any], deed: Deed, owner: str) -> KeptAnswer:
        assert self._deeds is not None  # noqa: S101 - the caller has looked
        try:
            answer = await self._run(handler, call)
        except NotBegunError:
            await self._forget(self._deeds, deed, owner)
            raise
        try:
            await asyncio.to_thread(self._deeds.complete, deed, answer, owner=owner)
        except IdempotencyError as error:
            log.error("answer not kept", problem=error.message)  # noqa: TRY400 - it is foreseen
        return answer

    async def _forget(self, deeds: Deeds, deed: Deed, owner: str) -> None:
        try:
            await asyncio.to_thread(deeds.forget, deed, owner=owner)
        except IdempotencyError as error:
            log.error("deed not forgotten", problem=error.message)  # noqa: TRY400 - it is foreseen

    async def _run(self, handler: Handles, call: Call[Any]) -> KeptAnswer:
        """The handler's answer, whatever becomes of it. Raises NotBegunError, and nothing else."""
        act_for(Origin(tenant=call.tenant, context=call.context, proven=call.proven, deadline=call.deadline))
        try:
            async with asyncio.timeout(call.deadline.remaining(self._monotonic())) as limit:
                with problem_of():
                    return KeptAnswer(status=200, content_type=JSON, body=await handler.run(call))
        except NotBegunError:
            raise
        except ProblemError as error:
            return _kept(error, call)
        except TimeoutError:
            if not limit.expired():
                log.exception("handler failed", handler=handler.name)
                return _kept(internal_error(), call)
            log.warning("handler ran out of time", handler=handler.name)
            return _kept(_late(), call)
        except HandlerError as error:
            log.error("handler failed", handler=handler.name, problem=error.message)  # noqa: TRY400
            return _kept(internal_error(), call)
        except Exception:
            log.exception("handler failed", handler=handler.name)
            return _kept(internal_error(), call)


def _call(admitted: Admitted, handler: Handles, body: bytes, due: deadline.Deadline) -> Call[Any]:
    try:
        payload = handler.read(body)
    except ValidationError as error:
        raise invalid_request(describe(error)) from error
    return Call(
        payload=payload,
        caller=admitted.caller,
        intent=admitted.intent.name,
        tenant=admitted.tenant,
        context=admitted.context,
        proven=not admitted.unproven,
        correlation_id=correlation.current() or correlation.new_id(),
        deadline=due,
        idempotency_key=admitted.idempotency_key,
        decision_id=admitted.decision_id,
        policy_version=admitted.policy_version,
    )


def _response(answer: KeptAnswer) -> Response:
    headers = {} if answer.retry_after is None else {"retry-after": answer.retry_after}
    return Response(answer.body, status_code=answer.status, media_type=answer.content_type, headers=headers)


def _kept(error: ProblemError, call: Call[Any]) -> KeptAnswer:
    response = problem_response(error, instance=f"/{call.intent}")
    return KeptAnswer(
        status=response.status_code,
        content_type=str(response.media_type),
        body=bytes(response.body),
        retry_after=response.headers.get("retry-after"),
    )


def _refusal(rejected: Rejected) -> ProblemError:
    """Write down why, and show the status alone; what is wrong with the request's form is shown."""
    log.warning(
        "call refused",
        reason=rejected.reason,
        detail=rejected.detail,
        claimed_caller=rejected.caller,
        decision_id=rejected.decision_id,
        status=rejected.status,
    )
    title, detail = _SHOWN[rejected.slug]
    headers = {}
    if rejected.status == 401:
        headers["www-authenticate"] = ALGORITHM
    if rejected.status == 503:
        headers["retry-after"] = "1"
    return ProblemError(
        slug=rejected.slug,
        title=title,
        status=rejected.status,
        detail=detail or rejected.detail,
        headers=headers,
    )


_SHOWN = {
    "unauthenticated": (
        "Unauthenticated",
        "the request must be signed with AWS Signature Version 4, now",
    ),
    "signature-refused": ("Signature refused", "the request is not accepted"),
    "grant-refused": ("Grant refused", "the request is not accepted"),
    "grant-keys-unavailable": ("Grant keys unavailable", "grants cannot be verified at the moment"),
    "invalid-request": ("Invalid request", ""),
}
"""What an answer shows: title and detail; an empty detail shows the reason."""


def _late() -> ProblemError:
    return ProblemError(
        slug="out-of-time", title="Out of time", status=504, detail="the time for the request is over"
    )


def _unavailable() -> ProblemError:
    return ProblemError(
        slug="record-unavailable",
        title="Record unavailable",
        status=503,
        detail="it cannot be made sure that this is done only once, so it is not done",
        headers={"retry-after": "1"},
    )


def _repeated(refusal: Refusal) -> ProblemError:
    """What a repetition is told that gets no answer."""
    match refusal:
        case Refusal.COPIED:
            return ProblemError(
                slug="signature-refused",
                title="Signature refused",
                status=403,
                detail="the request is not accepted",
            )
        case Refusal.IN_PROGRESS:
            return ProblemError(
                slug="in-progress",
                title="In progress",
                status=409,
                detail="this is being done at the moment",
                headers={"retry-after": "1"},
            )
        case Refusal.OTHER_BODY:
            slug, detail = "idempotency-conflict", "the idempotency key belongs to another request"
        case Refusal.OUTCOME_UNKNOWN:
            slug, detail = "outcome-unknown", "this was begun and its end is not known; it is not begun again"
        case Refusal.ANSWER_NOT_KEPT:
            slug, detail = "answer-not-kept", "this was done; its answer was too large to be kept"
    return ProblemError(slug=slug, title="Conflict", status=409, detail=detail)
