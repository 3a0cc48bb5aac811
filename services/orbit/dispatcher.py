"""One dispatch: find the target, ask governance, and only if that allowed it call the target.

    request -> target -> governance -> denied -> 403
                              | allowed
                              v
                       declared call -> signed request -> answer

Nothing is sent to a target before `decision.allowed`; there is one place where a target is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from services.orbit.models import (
    DispatchAnswer,
    DispatchRequest,
    Latency,
    TargetAnswer,
    TargetRequest,
    denial_members,
)
from services.orbit.routes import target_of
from services.runtime.calls.errors import TargetError
from services.runtime.calls.target import TargetClient
from services.runtime.deadline import Deadline
from services.runtime.governance import UNAVAILABLE, CallQuestion, Decision, denied
from services.runtime.requests.problems import ProblemError, invalid_request
from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metric, Metrics

log = logs.get_logger()


class Decider(Protocol):
    """Decides whether a call is allowed. Never raises: without a decision the answer is a denial."""

    async def decide(self, question: CallQuestion, deadline: Deadline) -> Decision:
        """The decision, before `deadline`."""
        ...


Targets = Mapping[tuple[str, str], TargetClient[TargetAnswer]]
"""Clients by service and intent."""


class Dispatcher:
    """Asks governance about each dispatch, and calls the target of those that it allows."""

    def __init__(
        self,
        *,
        service: str,
        targets: Targets,
        governance: Decider,
        metrics: Metrics,
        perf_counter: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`service` is the name that governance knows this service by."""
        self._service = service
        self._targets = targets
        self._governance = governance
        self._metrics = metrics
        self._perf_counter = perf_counter

    async def dispatch(self, asked: DispatchRequest, *, due: Deadline, correlation_id: str) -> DispatchAnswer:
        """The target's answer, with the decision. Raises `ProblemError` for a denial, a request that names no
        target, and a call that failed.
        """
        started = self._perf_counter()
        calls = [client.call for client in self._targets.values()]
        target = target_of(calls, intent=asked.intent, target=asked.target)
        log.info("dispatch received", intent=asked.intent, target=target, tenant=asked.tenant)
        if target is None:
            raise invalid_request(f"`target`: name one, `{asked.intent}` cannot tell which service is meant")
        question = CallQuestion(
            service=self._service,
            intent=asked.intent,
            target=target,
            tenant=asked.tenant,
            correlation_id=correlation_id,
        )
        decision = await self._decide(question, due)
        governance_ms = self._since(started)
        log.info(
            "governance decided",
            allowed=decision.allowed,
            reason_code=decision.reason_code,
            reason=decision.reason,
            policies=decision.policies,
            policy_version=decision.policy_version,
            decision_id=decision.decision_id,
            latency_ms=governance_ms,
        )
        if not decision.allowed:
            self._measure("dispatch denied", governance_ms, self._since(started), denied=1)
            raise _denial(decision)
        request = TargetRequest(intent=asked.intent, tenant=asked.tenant, input=asked.input)
        calling = self._perf_counter()
        try:
            reached = await self._client(target, asked.intent).send(request, due)
        except TargetError as error:
            call = _call_metric(target, self._since(calling))
            self._measure("dispatch failed", governance_ms, self._since(started), call, failed=1)
            log.warning("target not reached", target=target, problem=error.message, attempts=error.attempts)
            raise self._failure(error, target, asked.intent) from error
        target_ms, total_ms = self._since(calling), self._since(started)
        self._measure("dispatch completed", governance_ms, total_ms, _call_metric(target, target_ms))
        return DispatchAnswer(
            correlation_id=correlation_id,
            intent=asked.intent,
            target=target,
            decision=decision,
            heartbeat=reached.answer.heartbeat,
            result=reached.answer.result,
            latency_ms=Latency(governance=governance_ms, target=target_ms, total=total_ms),
        )

    async def _decide(self, question: CallQuestion, due: Deadline) -> Decision:
        """Governance's decision. A `Decider` must not raise; if it does all the same, that is a denial."""
        try:
            return await self._governance.decide(question, due)
        except Exception:
            log.exception("governance raised")
            return denied(question, "governance_error", "the call of governance failed")

    def _client(self, target: str, intent: str) -> TargetClient[TargetAnswer]:
        client = self._targets.get((target, intent))
        if client is None:
            raise ProblemError(
                slug="call-not-declared",
                title="Call not declared",
                status=501,
                detail=f"allowed, but `{self._service}` declares no call `{intent}` on `{target}`",
            )
        return client

    def _failure(self, error: TargetError, target: str, intent: str) -> ProblemError:
        headers = {}
        if error.status == 503:
            headers["retry-after"] = str(self._client(target, intent).breaker.retry_after())
        return ProblemError(
            slug=error.slug, title=error.title, status=error.status, detail=error.message, headers=headers
        )

    def _since(self, moment: float) -> float:
        """Milliseconds since `moment`."""
        return round((self._perf_counter() - moment) * 1000, 3)

    def _measure(
        self,
        message: str,
        governance_ms: float,
        total_ms: float,
        *calls: Metric,
        denied: int = 0,
        failed: int = 0,
    ) -> None:
        """Log the end of a dispatch with its metrics; every one counts in each rate, with 0 or 1."""
        measured = [
            Metric(name="Dispatches", value=1),
            Metric(name="DispatchesDenied", value=denied),
            Metric(name="DispatchesFailed", value=failed),
            Metric(name="GovernanceLatency", value=governance_ms, unit="Milliseconds"),
            Metric(name="DispatchLatency", value=total_ms, unit="Milliseconds"),
            *calls,
        ]
        self._metrics.log(message, measured)


def _call_metric(target: str, milliseconds: float) -> Metric:
    """How long the call of `target` took, with all its attempts; only declared calls come this far."""
    return Metric(
        name="TargetLatency", value=milliseconds, unit="Milliseconds", dimensions={"target": target}
    )


def _denial(decision: Decision) -> ProblemError:
    """The problem for a denial: governance said no, or could not say."""
    if decision.reason_code in UNAVAILABLE:
        slug, title = "governance-unavailable", "Governance unavailable"
    else:
        slug, title = "denied-by-policy", "Denied by policy"
    return ProblemError(
        slug=slug, title=title, status=403, detail=decision.reason, extra=denial_members(decision)
    )
