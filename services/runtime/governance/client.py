"""The two clients of governance: one that blocks and one for an event loop. Neither ever raises.

remembered? -> the decision of a moment ago
    | no
a thread -> Lambda Invoke -> the decision, or the denial that says why there is none
    | not in time
denied: governance_timeout
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from contextlib import contextmanager
from typing import Any, Self

from services.runtime.deadline import Deadline
from services.runtime.governance.decision import CallQuestion, Decision, denied
from services.runtime.governance.invoker import THREADS, LambdaInvoker
from services.runtime.governance.memory import DecisionCache
from services.runtime.process import aws
from services.runtime.process.lambda_client import LambdaClient
from services.runtime.telemetry import logs, tracing

log = logs.get_logger()

TIMEOUT_SECONDS = 4.0
"""How long an answer is waited for unless told otherwise."""


class _GovernanceClient:
    """The part that both share: threads, remembered decisions, spans, and how long to wait."""

    def __init__(
        self,
        *,
        client: Any,
        function: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        cache: DecisionCache | None = None,
        tracer: tracing.Tracer | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        threads: int = THREADS,
    ) -> None:
        """`client` is a botocore client of `lambda` that does not retry; `function` the ARN of the alias to
        invoke. Without a `cache` every question is asked.
        """
        self._invoker = LambdaInvoker(client=client, function=function, monotonic=monotonic, sleep=sleep)
        self._timeout_seconds = timeout_seconds
        self._cache = cache
        self._tracer = tracer
        self._monotonic = monotonic
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="governance")

    @classmethod
    def connect(
        cls,
        *,
        function: str,
        region: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        cache_seconds: float | None = None,
    ) -> Self:
        """A client of its own for AWS: endpoint and credentials come from the environment.

        With `cache_seconds` a decision answers equal questions for so long, and no longer than its version of
        the policies.
        """
        # a little more than the wait for governance, which is what shall end a call
        waits = aws.Timeouts(connect=timeout_seconds, read=timeout_seconds + 0.5)
        return cls(
            client=LambdaClient.connect(region=region, timeouts=waits, pool=THREADS),
            function=function,
            timeout_seconds=timeout_seconds,
            cache=None if cache_seconds is None else DecisionCache(seconds=cache_seconds),
        )

    def close(self) -> None:
        """Let the threads end; none is waited for, and every later question is denied."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self, deadline: Deadline | None) -> float:
        """Seconds to wait for an answer."""
        if deadline is None:
            return self._timeout_seconds
        return min(self._timeout_seconds, deadline.remaining(self._monotonic()))

    def _begin(self, question: CallQuestion, wait: float) -> Future[Decision]:
        """Start asking on a thread, which sees the caller's context: its span and its correlation id."""
        asked_at = self._monotonic()
        context = contextvars.copy_context()

        def ask() -> Decision:
            decision = context.run(self._invoker.ask, question, until=asked_at + wait)
            if self._cache is not None:
                self._cache.keep(question, decision, asked_at=asked_at)
            return decision

        return self._pool.submit(ask)

    def _remembered(self, question: CallQuestion) -> Decision | None:
        return None if self._cache is None else self._cache.find(question)

    @contextmanager
    def _traced(self) -> Iterator[Callable[[Decision], Decision]]:
        """A span around the question; what is yielded writes the decision on it."""
        if self._tracer is None:
            yield lambda decision: decision
            return
        with self._tracer.subsegment("governance", namespace="aws") as span:

            def note(decision: Decision) -> Decision:
                span.annotate(allowed=decision.allowed, reason_code=decision.reason_code)
                return decision

            yield note


class Governance(_GovernanceClient):
    """Governance for code that may block."""

    def decide(self, question: CallQuestion, deadline: Deadline | None = None) -> Decision:
        """The decision, before the timeout and `deadline`, or a denial that says why there is none."""
        with self._traced() as note:
            try:
                return note(self._decide(question, self._wait(deadline)))
            except Exception as error:  # noqa: BLE001 - fail closed, whatever it is
                return note(_failed(question, error))

    def __enter__(self) -> Self:
        """For a `with` block, which closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _decide(self, question: CallQuestion, wait: float) -> Decision:
        found = self._remembered(question)
        if found is not None:
            return found
        future = self._begin(question, wait)
        try:
            return future.result(timeout=wait)
        except NotInTimeError:
            future.cancel()
            return _timed_out(question, wait)


class AsyncGovernance(_GovernanceClient):
    """Governance for an event loop: nothing blocks it."""

    async def decide(self, question: CallQuestion, deadline: Deadline | None = None) -> Decision:
        """The decision, before the timeout and `deadline`, or a denial that says why there is none."""
        with self._traced() as note:
            try:
                return note(await self._decide(question, self._wait(deadline)))
            except Exception as error:  # noqa: BLE001 - fail closed, whatever it is
                return note(_failed(question, error))

    async def __aenter__(self) -> Self:
        """For an `async with` block, which closes it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        self.close()

    async def _decide(self, question: CallQuestion, wait: float) -> Decision:
        found = self._remembered(question)
        if found is not None:
            return found
        try:
            async with asyncio.timeout(wait):
                return await asyncio.wrap_future(self._begin(question, wait))
        except TimeoutError:
            return _timed_out(question, wait)


def _timed_out(question: CallQuestion, wait: float) -> Decision:
    return denied(question, "governance_timeout", f"governance did not answer within {wait:.1f} s")


def _failed(question: CallQuestion, error: Exception) -> Decision:
    log.error("asking governance failed", exc_info=error)
    return denied(question, "governance_error", "the call of governance failed")
