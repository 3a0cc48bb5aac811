"""Asks the governance Lambda function. The edge to AWS Lambda; whatever goes wrong here becomes a denial.

Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from services.orbit.decision import Question, denied, read_decision
from services.orbit.models import Decision
from services.orbit.retry import RetryBudget, RetryPolicy
from services.runtime import logs, tracing
from services.runtime.deadline import Deadline

log = logs.get_logger()

MAX_ANSWER_BYTES = 262_144
"""A decision is a few hundred bytes; more than this is not read."""

THREADS = 16
"""Calls of governance at a time; further ones wait within their deadline."""

_PASSING = frozenset(
    {"TooManyRequestsException", "ServiceException", "ThrottlingException", "ResourceNotReadyException"}
)
"""Lambda's errors that may be gone a moment later."""


class Governance(Protocol):
    """Decides. Never raises: what prevents a decision is a denial."""

    async def decide(self, question: Question, deadline: Deadline) -> Decision:
        """The decision, before `deadline`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one invocation gave; `again` says whether nobody decided and another try may do better."""

    decision: Decision
    again: bool = False


class LambdaGovernance:
    """Governance as a Lambda function, called synchronously on a pool of threads.

    A call that reached nobody (connection lost, throttled) is made once more, within the same time and
    budget: the function only reads. A function that failed is not asked again.
    """

    def __init__(
        self,
        *,
        client: Any,
        function: str,
        tracer: tracing.Tracer,
        timeout_seconds: float,
        policy: RetryPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        threads: int = THREADS,
    ) -> None:
        """`client` is a botocore client of `lambda` that does not retry; `function` the ARN of the alias to
        invoke.
        """
        self._client = client
        self._function = function
        self._tracer = tracer
        self._timeout_seconds = timeout_seconds
        self._policy = policy or RetryPolicy(max_attempts=2)
        self._budget = RetryBudget()
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="governance")

    async def decide(self, question: Question, deadline: Deadline) -> Decision:
        """The decision of the function, or a denial that says why there is none."""
        wait = min(self._timeout_seconds, deadline.remaining(self._monotonic()))
        with self._tracer.subsegment("governance", namespace="aws") as span:
            try:
                async with asyncio.timeout(wait):
                    decision = await self._ask(question)
            except TimeoutError:
                decision = denied(
                    question, "governance_timeout", f"governance did not answer within {wait:.1f} s"
                )
            span.annotate(allowed=decision.allowed, reason_code=decision.reason_code)
        return decision

    def close(self) -> None:
        """Let the threads end; none is waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Question) -> Decision:
        loop = asyncio.get_running_loop()
        self._budget = self._budget.deposit()
        for attempt in range(self._policy.max_attempts):
            # the thread sees the request's context: its span, for the tracing header, and its correlation id,
            # for logs
            context = contextvars.copy_context()
            asked = await loop.run_in_executor(self._pool, context.run, self._invoke, question)
            budget = self._budget.withdraw()
            last = attempt + 1 == self._policy.max_attempts
            if not asked.again or last or budget is None:
                break
            self._budget = budget
            log.warning("asking governance again", reason=asked.decision.reason)
            await self._sleep(self._policy.pause(attempt, self._chance()))
        return asked.decision

    def _invoke(self, question: Question) -> Asked:
        """One invocation; blocks."""
        try:
            answer = self._client.invoke(
                FunctionName=self._function, Payload=json.dumps(question.payload()).encode()
            )
            payload: bytes = answer["Payload"].read(MAX_ANSWER_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - fail closed, whatever it is
            return _failed(question, error)
        if answer.get("FunctionError"):
            return Asked(
                decision=denied(question, "governance_error", f"governance failed: {_error_type(payload)}")
            )
        return Asked(decision=_decoded(question, payload))


def _failed(question: Question, error: Exception) -> Asked:
    """The denial for an invocation that raised `error`."""
    match error:
        case ConnectTimeoutError() | ReadTimeoutError():
            return Asked(decision=denied(question, "governance_timeout", "governance did not answer in time"))
        case ClientError():
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            decision = denied(question, "governance_unreachable", f"governance can not be invoked: {code}")
            return Asked(decision=decision, again=code in _PASSING)
        case BotoCoreError():
            name = type(error).__name__
            decision = denied(question, "governance_unreachable", f"governance can not be reached: {name}")
            return Asked(decision=decision, again=True)
        case _:
            log.error("call of governance failed", exc_info=error)
            return Asked(decision=denied(question, "governance_error", "the call of governance failed"))


def _decoded(question: Question, payload: bytes) -> Decision:
    if len(payload) > MAX_ANSWER_BYTES:
        return denied(question, "governance_error", "governance answered too much")
    try:
        answer = json.loads(payload)
    except ValueError:
        return denied(question, "governance_error", "governance answered something that is not JSON")
    return read_decision(question, answer)


def _error_type(payload: bytes) -> str:
    """The type of error that Lambda reports, such as `Runtime.ExitError`; its text stays in the function's
    log.
    """
    try:
        found = json.loads(payload)
    except ValueError:
        return "unknown error"
    kind = found.get("errorType") if isinstance(found, dict) else None
    return kind[:64] if isinstance(kind, str) and kind.isprintable() else "unknown error"
