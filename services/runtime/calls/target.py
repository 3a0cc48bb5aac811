"""Calls a service: within the deadline, retried within the budget, behind a circuit breaker.

One retry layer, outside of the breaker: each attempt asks the breaker, and each attempt is signed anew,
because its receiver accepts a signature once.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from services.runtime import deadline
from services.runtime.calls.answer import AnswerT, CallAnswer
from services.runtime.calls.breaker import CircuitBreaker, Outcome
from services.runtime.calls.errors import (
    SignatureRefusedError,
    TargetError,
    TargetUnavailableError,
    TransientError,
)
from services.runtime.calls.retry import RetryBudget, RetryPolicy
from services.runtime.errors import SecretUnavailableError
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry import logs

log = logs.get_logger()

AnswerT_co = TypeVar("AnswerT_co", bound=CallAnswer, covariant=True)


class Exchange(Protocol[AnswerT_co]):
    """Sends one request of a declared call. See `services.runtime.calls.exchange.SignedExchange`."""

    @property
    def call(self) -> CallSettings:
        """The declared call."""
        ...

    async def send(self, body: bytes, due: deadline.Deadline) -> AnswerT_co:
        """The answer, or a `TargetError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult(Generic[AnswerT]):
    """The target's answer, and how many requests it took."""

    answer: AnswerT
    attempts: int


class TargetClient(Generic[AnswerT]):
    """Calls one service for one intent."""

    def __init__(
        self,
        *,
        exchange: Exchange[AnswerT],
        keys: SigningKeys,
        breaker: CircuitBreaker,
        policy: RetryPolicy | None = None,
        budget: RetryBudget | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`keys` is refreshed when the target refuses a signature."""
        self._exchange = exchange
        self._keys = keys
        self.breaker = breaker
        self._policy = policy or RetryPolicy()
        self._budget = budget or RetryBudget()
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance

    @property
    def call(self) -> CallSettings:
        """The declared call."""
        return self._exchange.call

    async def send(self, request: BaseModel, due: deadline.Deadline) -> CallResult[AnswerT]:
        """The answer to `request`, before `due`; members that are None are not sent.

        Raises a `TargetError` of the kind that says what is wrong.
        """
        body = request.model_dump_json(exclude_none=True).encode()
        self._budget = self._budget.deposit()
        refreshed = False
        for attempt in range(1, self._policy.max_attempts + 1):
            try:
                return CallResult(answer=await self._attempt(body, due, attempt), attempts=attempt)
            except TargetError as error:
                error.attempts = attempt
                if isinstance(error, SignatureRefusedError) and not refreshed:
                    refreshed = True
                    again = await self._refresh_key()
                else:
                    again = isinstance(error, TransientError)
                if not again or not await self._may_retry(attempt, due, error):
                    raise
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _may_retry(self, attempt: int, due: deadline.Deadline, error: TargetError) -> bool:
        """Whether there are attempts, time and budget left for one more; if so, after the pause before it."""
        pause = self._policy.pause(attempt - 1, self._chance())
        if attempt >= self._policy.max_attempts or due.remaining(self._monotonic()) <= pause:
            return False
        budget = self._budget.withdraw()
        if budget is None:
            log.warning("retry budget is used up", target=self.call.service)
            return False
        self._budget = budget
        log.warning(
            "calling again",
            target=self.call.service,
            attempt=attempt + 1,
            problem=error.message,
            pause_ms=int(pause * 1000),
        )
        await self._sleep(pause)
        return True

    async def _attempt(self, body: bytes, due: deadline.Deadline, attempt: int) -> AnswerT:
        name = self.call.service
        permit = self.breaker.acquire()
        if permit is None:
            raise TargetUnavailableError(name, "is not called: the circuit breaker is open")
        # what the target did not cause, such as a cancelled request, says nothing about its health
        started, outcome = self._monotonic(), Outcome.IGNORED
        try:
            answer = await self._exchange.send(body, due)
            outcome = Outcome.SUCCESS
        except TargetError as error:
            outcome = Outcome.FAILURE if error.blames_target else Outcome.IGNORED
            raise
        finally:
            seconds = self._monotonic() - started
            self.breaker.record(permit, outcome, seconds)
        log.info(f"{name} answered", target=name, attempt=attempt, latency_ms=round(seconds * 1000, 3))
        return answer

    async def _refresh_key(self) -> bool:
        """Read the signing key again; true if it is another one than before."""
        name = self.call.service
        try:
            before = self._keys.current(name).version
            await self._keys.refresh(name)
        except SecretUnavailableError as error:
            log.warning("signing key not refreshed", peer=name, code=error.code)
            return False
        return self._keys.current(name).version != before
