"""Invokes the governance function. The edge to AWS Lambda; every failure here becomes a denial.

Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from services.runtime.governance.decision import CallQuestion, Decision, denied, read_decision
from services.runtime.retry import RetryBudget, RetryPolicy
from services.runtime.telemetry import logs

log = logs.get_logger()

MAX_ANSWER_BYTES = 262_144
"""A decision is a few hundred bytes; more than this is not read."""

THREADS = 4
"""Calls of governance at a time; further ones wait within their deadline. The function's reserved concurrency
is made of this number and the most tasks of all callers, so that none is throttled.
"""

_TRANSIENT = frozenset(
    {"TooManyRequestsException", "ServiceException", "ThrottlingException", "ResourceNotReadyException"}
)
"""Lambda's errors that may be gone a moment later."""

_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeResult:
    """The decision of one invocation; `retryable` if the function was not reached, but may be later."""

    decision: Decision
    retryable: bool = False


class LambdaInvoker:
    """Asks the function, and blocks until it answers.

    An invocation that did not reach it (connection lost, throttled) is made once more, within the same time
    and budget: the function only reads. A function that failed is not asked again.
    """

    def __init__(
        self,
        *,
        client: Any,
        function: str,
        policy: RetryPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`client` is a botocore client of `lambda` that does not retry; `function` the ARN of the alias to
        invoke.
        """
        self._client = client
        self._function = function
        self._policy = policy or RetryPolicy(max_attempts=2)
        self._budget = RetryBudget()
        self._counting = threading.Lock()
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance

    def ask(self, question: CallQuestion, *, until: float) -> Decision:
        """The function's decision, or a denial; no second call is begun after the monotonic time `until`."""
        with self._counting:
            self._budget = self._budget.deposit()
        for attempt in range(self._policy.max_attempts):
            result = self._invoke(question)
            last = attempt + 1 == self._policy.max_attempts
            pause = self._policy.pause(attempt, self._chance())
            if not result.retryable or last or self._monotonic() + pause >= until or not self._may_retry():
                break
            log.warning("asking governance again", reason=result.decision.reason)
            self._sleep(pause)
        return result.decision

    def _may_retry(self) -> bool:
        with self._counting:
            budget = self._budget.withdraw()
            if budget is not None:
                self._budget = budget
        return budget is not None

    def _invoke(self, question: CallQuestion) -> InvokeResult:
        try:
            answer = self._client.invoke(
                FunctionName=self._function, Payload=json.dumps(question.payload()).encode()
            )
            payload: bytes = answer["Payload"].read(MAX_ANSWER_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - fail closed, whatever it is
            return _failed(question, error)
        if answer.get("FunctionError"):
            return InvokeResult(
                decision=denied(question, "governance_error", f"governance failed: {_error_type(payload)}")
            )
        return InvokeResult(decision=_decode(question, payload))


def _failed(question: CallQuestion, error: Exception) -> InvokeResult:
    """The denial for an invocation that raised `error`."""
    match error:
        case ConnectTimeoutError() | ReadTimeoutError():
            return InvokeResult(
                decision=denied(question, "governance_timeout", "governance did not answer in time")
            )
        case ClientError():
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in _THROTTLED:
                decision = denied(question, "governance_throttled", "governance has more calls than it may")
            else:
                decision = denied(question, "governance_unreachable", f"governance cannot be invoked: {code}")
            return InvokeResult(decision=decision, retryable=code in _TRANSIENT)
        case BotoCoreError():
            name = type(error).__name__
            decision = denied(question, "governance_unreachable", f"governance cannot be reached: {name}")
            return InvokeResult(decision=decision, retryable=True)
        case _:
            log.error("call of governance failed", exc_info=error)
            return InvokeResult(
                decision=denied(question, "governance_error", "the call of governance failed")
            )


def _decode(question: CallQuestion, payload: bytes) -> Decision:
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
