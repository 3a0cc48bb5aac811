from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.orbit.dispatcher import Dispatcher
from services.orbit.models import DispatchAnswer, DispatchRequest, TargetAnswer
from services.runtime.calls.breaker import CircuitBreaker
from services.runtime.calls.errors import TargetTimeoutError, TargetUnavailableError
from services.runtime.calls.target import TargetClient
from services.runtime.deadline import Deadline
from services.runtime.governance import CallQuestion, Decision, denied
from services.runtime.requests.problems import ProblemError
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry.metrics import Metrics
from tests.support.services.doubles import Lines, SecretsInMemory

CALL = CallSettings(service="axon", intent="reason", url="http://axon:8081", signing_secret="arn")
DUE = Deadline(at=1e12)
BEAT = {"service": "axon", "instance": "i", "sequence": 7, "at": "now", "status": "alive", "stamp": "s"}


def decision(*, allowed: bool, code: str, **more: Any) -> Decision:
    members: dict[str, Any] = {
        "reason": "because",
        "policies": ["p"],
        "policy_version": "v1",
        "decision_id": "d1",
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "correlation_id": "abc",
        **more,
    }
    return Decision(allowed=allowed, reason_code=code, **members)


@dataclass
class Governed:
    """Governance with a fixed answer."""

    answer: Decision | Exception
    questions: list[CallQuestion] = field(default_factory=list)

    async def decide(self, question: CallQuestion, deadline: Deadline) -> Decision:
        self.questions.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Axon:
    """The exchange with Axon, which counts its calls."""

    call: CallSettings = CALL
    error: Exception | None = None
    beat: dict[str, Any] | None = field(default_factory=lambda: dict(BEAT))
    calls: list[bytes] = field(default_factory=list)

    async def send(self, body: bytes, due: Deadline) -> TargetAnswer:
        self.calls.append(body)
        if self.error:
            raise self.error
        beat = {} if self.beat is None else {"heartbeat": self.beat}
        return TargetAnswer.model_validate({**beat, "result": {"x": 1}, "correlation_id": "abc"})


@dataclass
class Bench:
    """A dispatcher between a fixed governance and a counted Axon."""

    governance: Governed
    axon: Axon = field(default_factory=Axon)

    def dispatch(self, **asked: Any) -> DispatchAnswer:
        client = TargetClient(
            exchange=self.axon,
            keys=SigningKeys(reader=SecretsInMemory(), secret_ids={}),
            breaker=CircuitBreaker(),
        )
        dispatcher = Dispatcher(
            service="orbit",
            targets={(self.axon.call.service, self.axon.call.intent): client},
            governance=self.governance,
            metrics=Metrics(service="orbit", environment="dev"),
        )
        request = DispatchRequest(**{"intent": "reason", **asked})
        return asyncio.run(dispatcher.dispatch(request, due=DUE, correlation_id="abc"))

    def problem(self, **asked: Any) -> ProblemError:
        with pytest.raises(ProblemError) as caught:
            self.dispatch(**asked)
        return caught.value


PERMITTED = decision(allowed=True, code="permitted")
QUESTION = CallQuestion(service="orbit", intent="reason", target="axon", tenant=None, correlation_id="abc")


def test_allowed_work_is_done(lines: Lines) -> None:
    """Governance is asked the whole question; the answer has decision, heartbeat, latencies (ORB-1)."""
    bench = Bench(Governed(PERMITTED))

    answer = bench.dispatch(tenant="t1", input="why?")

    assert bench.governance.questions == [
        CallQuestion(service="orbit", intent="reason", target="axon", tenant="t1", correlation_id="abc")
    ]
    assert answer.heartbeat is not None
    assert (answer.target, answer.heartbeat.sequence, answer.result) == ("axon", 7, {"x": 1})
    assert answer.decision is PERMITTED
    assert answer.latency_ms.total >= answer.latency_ms.governance >= 0
    assert lines.messages() == [
        "dispatch received",
        "governance decided",
        "axon answered",
        "dispatch completed",
    ]
    completed = lines.named("dispatch completed")
    assert (completed["Dispatches"], completed["DispatchesDenied"], completed["DispatchesFailed"]) == (
        1,
        0,
        0,
    )
    assert completed["TargetLatency"] == answer.latency_ms.target
    by_target = completed["_aws"]["CloudWatchMetrics"][-1]
    assert by_target["Dimensions"] == [["environment", "service", "target"]]
    assert [metric["Name"] for metric in by_target["Metrics"]] == ["TargetLatency"]
    assert completed["target"] == "axon"
    decided = lines.named("governance decided")
    assert (decided["allowed"], decided["policy_version"], decided["decision_id"]) == (True, "v1", "d1")
    assert "why?" not in lines.stream.getvalue()


def test_a_target_need_not_give_a_heartbeat(lines: Lines) -> None:
    """The heartbeat is Axon's affair: the work of a target without one is done, too."""
    answer = Bench(Governed(PERMITTED), Axon(beat=None)).dispatch()

    assert (answer.heartbeat, answer.result) == (None, {"x": 1})


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        (decision(allowed=False, code="forbidden"), "denied-by-policy"),
        (decision(allowed=False, code="no_permit", policies=[]), "denied-by-policy"),
        (decision(allowed=False, code="policy_error"), "denied-by-policy"),
        (decision(allowed=False, code="unknown_intent"), "denied-by-policy"),
        (decision(allowed=False, code="store_unavailable", policy_version=None), "governance-unavailable"),
        (decision(allowed=False, code="stale_snapshot"), "governance-unavailable"),
        (decision(allowed=False, code="internal_error", decision_id=None), "governance-unavailable"),
        (denied(QUESTION, "governance_unreachable", "no"), "governance-unavailable"),
        (denied(QUESTION, "governance_error", "no"), "governance-unavailable"),
        (denied(QUESTION, "governance_timeout", "no"), "governance-unavailable"),
        (RuntimeError("a defect"), "governance-unavailable"),
    ],
)
def test_axon_is_never_called_unless_governance_allowed(
    lines: Lines, answer: Decision | Exception, slug: str
) -> None:
    """Every denial and every failure of governance is a 403 with its code, and Axon gets nothing (ORB-1)."""
    bench = Bench(Governed(answer))

    problem = bench.problem()

    assert bench.axon.calls == []
    code = answer.reason_code if isinstance(answer, Decision) else "governance_error"
    assert (problem.status, problem.slug, problem.extra["reason_code"]) == (403, slug, code)
    assert lines.named("dispatch denied")["DispatchesDenied"] == 1


def test_a_denial_names_policies_version_and_decision(lines: Lines) -> None:
    """The problem carries what is needed to follow the decision up (GOV-1)."""
    problem = Bench(Governed(decision(allowed=False, code="forbidden"))).problem()

    assert problem.detail == "because"
    assert problem.extra == {
        "reason_code": "forbidden",
        "policies": ["p"],
        "policy_version": "v1",
        "decision_id": "d1",
    }


def test_a_target_that_is_not_declared_is_not_called(lines: Lines) -> None:
    """Governance is asked about it; should it allow, there is still no such call."""
    bench = Bench(Governed(PERMITTED))

    problem = bench.problem(target="dendrite")

    assert bench.governance.questions[0].target == "dendrite"
    assert (problem.status, problem.slug) == (501, "call-not-declared")
    assert bench.axon.calls == []


def test_without_a_target_nobody_is_asked(lines: Lines) -> None:
    """When it is open who is meant, the caller is asked to say."""
    dispatcher = Dispatcher(
        service="orbit",
        targets={},
        governance=Governed(PERMITTED),
        metrics=Metrics(service="orbit", environment="dev"),
    )
    with pytest.raises(ProblemError) as caught:
        asyncio.run(dispatcher.dispatch(DispatchRequest(intent="reason"), due=DUE, correlation_id="abc"))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (TargetTimeoutError("axon", "did not answer within 2.0 s"), 504, None),
        (TargetUnavailableError("axon", "is not called"), 503, "1"),
    ],
)
def test_a_failed_call_is_its_problem(
    lines: Lines, error: Exception, status: int, retry_after: str | None
) -> None:
    """The target's failure becomes its status; 503 says when to come back."""
    problem = Bench(Governed(PERMITTED), Axon(error=error)).problem()

    assert (problem.status, problem.headers.get("retry-after")) == (status, retry_after)
    assert problem.detail.startswith("`axon` ")
    assert lines.named("dispatch failed")["DispatchesFailed"] == 1
