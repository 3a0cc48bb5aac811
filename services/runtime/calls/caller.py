"""Calls other services: granted, signed, within the deadline, retried where that is safe, behind a breaker.

    question -> grant (asked for, or kept) -> place -> permit of the breaker -> signed request -> answer
        denied: no call           none: busy, 503                  signature refused: key read again, once
                                                                   grant refused: asked for again, once
                                                                   transient: again after a pause

A target has a number of places (the bulkhead): more calls wait a moment, and then nothing is sent. So a slow
target holds a part of this process and not all of it, and what waits here is no late answer of the target's.

A call that is not safe to repeat carries an idempotency key, the same in each attempt: the callee does it
once, so repeating the attempt is safe. One retry layer; each attempt is signed anew, because its receiver
accepts a signature once.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from services.runtime import correlation
from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker, Outcome
from services.runtime.calls.errors import (
    CallDeniedError,
    GrantRefusedError,
    SignatureRefusedError,
    TargetBusyError,
    TargetError,
    TargetUnavailableError,
    TransientError,
)
from services.runtime.calls.exchange import OutgoingCall, SignedExchange
from services.runtime.deadline import Deadline
from services.runtime.errors import CallNotDeclaredError, PayloadError, SecretUnavailableError
from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.grants import Grants
from services.runtime.governance.reason_codes import UNAVAILABLE
from services.runtime.grants.question import attributes_of, read_payload
from services.runtime.places import NoPlaceError, Places
from services.runtime.requests.admission import MAX_CONTEXT_BYTES, MAX_KEY, spelled_context
from services.runtime.retry import RetryBudget, RetryPolicy
from services.runtime.settings import CallSettings
from services.runtime.signing.canonical import trimmed
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry import logs, tracing
from services.runtime.telemetry.metrics import Metric, Metrics

log = logs.get_logger()

_BREAKER = BreakerConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulkhead:
    """How many calls of one target there are: `at_once`, and `waiting` more for `wait_seconds` at most."""

    at_once: int = 32
    waiting: int = 128
    wait_seconds: float = 1.0


_BULKHEAD = Bulkhead()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of another service, on whose behalf."""

    service: str
    intent: str
    payload: Any
    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    proven: bool = True
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The answer of a call, the decision that allowed it, and the time by hop in milliseconds."""

    answer: Any
    decision: Decision
    attempts: int
    governance_ms: float
    target_ms: float


class ServiceCaller:
    """Makes the calls that a service declares. It belongs to one event loop."""

    def __init__(
        self,
        *,
        service: str,
        calls: Sequence[CallSettings],
        grants: Grants,
        exchange: SignedExchange,
        keys: SigningKeys,
        metrics: Metrics,
        policy: RetryPolicy | None = None,
        breaker: BreakerConfig = _BREAKER,
        bulkhead: Bulkhead = _BULKHEAD,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`keys` is refreshed when a target refuses a signature."""
        self._service = service
        self._calls = {(call.service, call.intent): call for call in calls}
        self._grants = grants
        self._exchange = exchange
        self._keys = keys
        self._metrics = metrics
        self._policy = policy or RetryPolicy()
        self.breakers = {call.service: CircuitBreaker(breaker, monotonic=monotonic) for call in calls}
        self._budgets = {call.service: RetryBudget() for call in calls}
        self._places = {
            call.service: Places(
                at_once=bulkhead.at_once, waiting=bulkhead.waiting, wait_seconds=bulkhead.wait_seconds
            )
            for call in calls
        }
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance

    async def decide(self, wanted: Wanted, due: Deadline) -> tuple[CallQuestion, Decision]:
        """The question that a call is, and governance's decision, before anything is sent."""
        _check_headers(wanted)
        settings = self._calls.get((wanted.service, wanted.intent))
        attributes = None
        if settings is not None:
            # from the JSON that is sent, as the callee reads it: aliases, and no members that are left out
            sent = read_payload(_body(wanted.payload))
            attributes = attributes_of(sent, wanted.context or {}, settings.attributes)
        question = CallQuestion(
            service=self._service,
            intent=wanted.intent,
            target=wanted.service,
            tenant=wanted.tenant,
            context=attributes,
            unproven=not wanted.proven,
        )
        with tracing.subsegment("decide") as span:
            decision = await self._grants.decide(question, due)
            span.annotate(allowed=decision.allowed, reason_code=decision.reason_code)
        return question, decision

    async def call(self, wanted: Wanted, due: Deadline) -> Called:
        """Do it. Raises CallDeniedError, CallNotDeclaredError, PayloadError, or a TargetError."""
        started = self._monotonic()
        question, decision = await self.decide(wanted, due)
        governance_ms = self._since(started)
        # no decision is no denial
        denied = not decision.allowed and decision.reason_code not in UNAVAILABLE
        self._metrics.log(
            "governance decided",
            [
                Metric(name="Decisions", value=1),
                Metric(name="Denials", value=int(denied)),
                Metric(name="GovernanceLatency", value=governance_ms, unit="Milliseconds"),
            ],
            target=wanted.service,
            intent=wanted.intent,
            allowed=decision.allowed,
            reason_code=decision.reason_code,
            reason=decision.reason,
            policies=decision.policies,
            policy_version=decision.policy_version,
            decision_id=decision.decision_id,
            latency_ms=governance_ms,
        )
        if not decision.allowed:
            raise CallDeniedError(wanted.service, decision, governance_ms=governance_ms)
        settings = self._calls.get((wanted.service, wanted.intent))
        if settings is None:
            raise CallNotDeclaredError(self._service, wanted.service, wanted.intent)
        if decision.grant is None:
            raise TargetUnavailableError(
                wanted.service, "is not called: governance gave no grant", blames_target=False
            )
        outgoing = OutgoingCall(
            settings=settings,
            body=_body(wanted.payload),
            token=decision.grant,
            tenant=wanted.tenant,
            # only what the callee declares: the rest is not the question's
            context={
                name: value for name, value in (wanted.context or {}).items() if name in settings.attributes
            },
            unproven=not wanted.proven,
            idempotency_key=None if settings.safe_to_repeat else wanted.idempotency_key or uuid.uuid4().hex,
        )
        calling = self._monotonic()
        places = self._places[wanted.service]
        try:
            await places.take()
        except NoPlaceError:
            raise TargetBusyError(wanted.service) from None
        try:
            answer, attempts = await self._attempts(outgoing, question, due)
        finally:
            places.give_back()
        return Called(
            answer=answer,
            decision=decision.model_copy(update={"correlation_id": correlation.current()}),
            attempts=attempts,
            governance_ms=governance_ms,
            target_ms=self._since(calling),
        )

    async def _attempts(
        self, outgoing: OutgoingCall, question: CallQuestion, due: Deadline
    ) -> tuple[Any, int]:
        name = outgoing.settings.service
        self._budgets[name] = self._budgets[name].deposit()
        mended: set[type[TargetError]] = set()
        for attempt in range(1, self._policy.max_attempts + 1):
            try:
                return await self._attempt(outgoing, due, attempt), attempt
            except TargetError as error:
                error.attempts = attempt
                if type(error) in mended:
                    raise
                mends = True
                match error:
                    case SignatureRefusedError():
                        mended.add(SignatureRefusedError)
                        again = await self._another_key(name, error.key_version)
                    case GrantRefusedError():
                        mended.add(GrantRefusedError)
                        renewed = await self._another_grant(question, due, outgoing)
                        again = renewed is not None
                        outgoing = renewed or outgoing
                    case _:
                        again, mends = isinstance(error, TransientError), False
                if not again or not await self._may_retry(name, attempt, due, error, free=mends):
                    raise
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _attempt(self, outgoing: OutgoingCall, due: Deadline, attempt: int) -> Any:
        name = outgoing.settings.service
        permit = self.breakers[name].acquire()
        if permit is None:
            self._metrics.log(
                f"{name} is not called", [Metric(name="CallsNotMade", value=1)], target=name, attempt=attempt
            )
            raise TargetUnavailableError(name, "is not called: the circuit breaker is open", sent=False)
        # what the target did not cause, such as a cancelled request, says nothing about its health
        started, outcome = self._monotonic(), Outcome.IGNORED
        try:
            answer = await self._exchange.send(outgoing, due)
            outcome = Outcome.SUCCESS
        except TargetError as error:
            outcome = Outcome.FAILURE if error.blames_target else Outcome.IGNORED
            raise
        finally:
            self.breakers[name].record(permit, outcome)
        log.info(f"{name} answered", target=name, attempt=attempt, latency_ms=self._since(started))
        return answer

    async def _may_retry(
        self, name: str, attempt: int, due: Deadline, error: TargetError, *, free: bool
    ) -> bool:
        """Whether there are attempts, time and budget left for one more; if so, after the pause before it.

        What has mended its cause is `free`: a key that is replaced, or a grant that ends, strikes all calls
        of the moment at once, and each of them once.
        """
        pause = self._policy.pause(attempt - 1, self._chance())
        if attempt >= self._policy.max_attempts or due.remaining(self._monotonic()) <= pause:
            return False
        budget = self._budgets[name] if free else self._budgets[name].withdraw()
        if budget is None:
            log.warning("retry budget is used up", target=name)
            return False
        self._budgets[name] = budget
        log.warning(
            "calling again",
            target=name,
            attempt=attempt + 1,
            problem=error.message,
            pause_ms=int(pause * 1000),
        )
        await self._sleep(pause)
        return True

    async def _another_key(self, name: str, refused: str) -> bool:
        """Whether there is another key than the refused one: it may have been replaced more than once."""
        try:
            if self._keys.current(name).version == refused:
                await self._keys.refresh(name)
        except SecretUnavailableError as error:
            log.warning("signing key not refreshed", peer=name, code=error.code)
            return False
        return self._keys.current(name).version != refused

    async def _another_grant(
        self, question: CallQuestion, due: Deadline, outgoing: OutgoingCall
    ) -> OutgoingCall | None:
        """The call with a new grant; None if governance gives none any more."""
        self._grants.drop(question, outgoing.token)
        decision = await self._grants.decide(question, due)
        return replace(outgoing, token=decision.grant) if decision.allowed and decision.grant else None

    def _since(self, moment: float) -> float:
        return round((self._monotonic() - moment) * 1000, 3)


def _check_headers(wanted: Wanted) -> None:
    """Raise PayloadError for what comes from a client and cannot be a header, as docs/wire.md has it."""
    tenant, key = wanted.tenant, wanted.idempotency_key
    if tenant is not None and (not tenant or tenant != trimmed(tenant) or not _is_visible(tenant)):
        raise PayloadError("the tenant has to be visible ASCII characters, with single spaces between them")
    if key is not None and (len(key) > MAX_KEY or " " in key or not _is_visible(key)):
        raise PayloadError(f"an idempotency key has to be 1 to {MAX_KEY} visible ASCII characters")
    if len(spelled_context(wanted.context or {})) > MAX_CONTEXT_BYTES:
        raise PayloadError(f"the context has to be at most {MAX_CONTEXT_BYTES} bytes")


def _is_visible(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _body(payload: Any) -> bytes:
    """The JSON that is sent; members of a model that are None are left out."""
    if isinstance(payload, BaseModel):
        return payload.model_dump_json(exclude_none=True, by_alias=True).encode()
    text = json.dumps(to_jsonable_python(payload), separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise PayloadError("the payload has half a surrogate pair") from error
