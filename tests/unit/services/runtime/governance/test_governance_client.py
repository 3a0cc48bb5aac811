from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from services.runtime.deadline import Deadline
from services.runtime.governance.client import AsyncGovernance, Governance
from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.invoker import MAX_ANSWER_BYTES
from services.runtime.governance.memory import DecisionCache
from services.runtime.telemetry.tracing import Span, Tracer
from tests.support.services.doubles import Clock, Lines

QUESTION = CallQuestion(service="orbit", intent="reason", target="axon", tenant="t1", correlation_id="abc")
ALLOWED = {
    "allowed": True,
    "reason": "yes",
    "reason_code": "permitted",
    "policies": ["p"],
    "policy_version": "v1",
    "decision_id": "d1",
    "service": "orbit",
    "intent": "reason",
    "target": "axon",
    "correlation_id": "abc",
}


class FakeLambda:
    """A botocore client of Lambda: gives each prepared answer once, the last one ever after."""

    def __init__(self, *answers: Exception | dict[str, Any] | Callable[[], dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


class Collected:
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def export(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None: ...


def payload(value: Any, **more: Any) -> Callable[[], dict[str, Any]]:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda: {"StatusCode": 200, "Payload": io.BytesIO(text), **more}


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")


ARN = "arn:aws:lambda:eu-central-1:123456789012:function:dev-governance-decide:live"


class Decide(Protocol):
    """Asks once, by one of the two faces of the client."""

    def __call__(
        self, client: FakeLambda, *, timeout: float = 5.0, left: float = 5.0, traces: Collected | None = None
    ) -> Decision: ...


@pytest.fixture(params=["async", "sync"])
def decide(request: pytest.FixtureRequest) -> Decide:
    """Every test of it is one of both faces."""

    def ask(
        client: FakeLambda, *, timeout: float = 5.0, left: float = 5.0, traces: Collected | None = None
    ) -> Decision:
        tracer = Tracer(service="orbit", exporter=traces or Collected())
        clock = Clock()
        deadline = Deadline.within(left, now=clock.now)
        settings: dict[str, Any] = {
            "client": client,
            "function": ARN,
            "tracer": tracer,
            "timeout_seconds": timeout,
            "monotonic": clock,
            "sleep": lambda seconds: None,
        }

        async def run() -> Decision:
            async with AsyncGovernance(**settings) as governance:
                with tracer.segment(None, method="POST", url="/dispatch"):
                    return await governance.decide(QUESTION, deadline)

        if request.param == "async":
            return asyncio.run(run())
        with Governance(**settings) as governance, tracer.segment(None, method="POST", url="/dispatch"):
            return governance.decide(QUESTION, deadline)

    return ask


def test_the_function_decides(lines: Lines, decide: Decide) -> None:
    """The alias is invoked with the documented payload, and its decision is taken (ORB-1, OBS-4)."""
    client, traces = FakeLambda(payload(ALLOWED)), Collected()

    decision = decide(client, traces=traces)

    assert decision.allowed is True
    (call,) = client.calls
    assert call["FunctionName"].endswith(":live")
    assert json.loads(call["Payload"]) == {
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "tenant": "t1",
        "correlation_id": "abc",
    }
    (span,) = traces.spans[0].children
    assert (span.name, span.namespace) == ("governance", "aws")
    assert span.annotations == {"allowed": True, "reason_code": "permitted"}


@pytest.mark.parametrize(
    ("answer", "code", "reason", "calls"),
    [
        (
            payload({"errorType": "Runtime.ExitError"}, FunctionError="Unhandled"),
            "governance_error",
            "Runtime.ExitError",
            1,
        ),
        (payload(b"nonsense", FunctionError="Unhandled"), "governance_error", "unknown error", 1),
        (payload([], FunctionError="Unhandled"), "governance_error", "unknown error", 1),
        (payload(b"not json"), "governance_error", "not JSON", 1),
        (payload(b""), "governance_error", "not JSON", 1),
        (payload(None), "governance_error", "not a decision", 1),
        (payload({"allowed": True}), "governance_error", "without a valid", 1),
        (payload({**ALLOWED, "target": "other"}), "governance_error", "another question", 1),
        (payload(b" " * (MAX_ANSWER_BYTES + 1)), "governance_error", "too much", 1),
        ({"StatusCode": 200}, "governance_error", "failed", 1),
        (ValueError("odd"), "governance_error", "failed", 1),
        (client_error("TooManyRequestsException"), "governance_throttled", "more calls than it may", 2),
        (client_error("ServiceException"), "governance_unreachable", "ServiceException", 2),
        (client_error("AccessDeniedException"), "governance_unreachable", "AccessDeniedException", 1),
        (client_error("ResourceNotFoundException"), "governance_unreachable", "ResourceNotFound", 1),
        (EndpointConnectionError(endpoint_url="u"), "governance_unreachable", "EndpointConnectionError", 2),
        (NoCredentialsError(), "governance_unreachable", "NoCredentialsError", 2),
        (ReadTimeoutError(endpoint_url="u"), "governance_timeout", "in time", 1),
        (ConnectTimeoutError(endpoint_url="u"), "governance_timeout", "in time", 1),
    ],
)
def test_every_failure_is_a_denial_with_its_reason(
    lines: Lines, decide: Decide, answer: Any, code: str, reason: str, calls: int
) -> None:
    """Fail closed: a broken, missing, throttled or slow governance denies, and says which (ORB-1)."""
    client = FakeLambda(answer)

    decision = decide(client)

    assert (decision.allowed, decision.reason_code) == (False, code)
    assert reason in decision.reason
    assert len(client.calls) == calls


def test_a_lost_connection_is_tried_once_more(lines: Lines, decide: Decide) -> None:
    """A function that was not reached is asked once more, and that is logged."""
    client = FakeLambda(EndpointConnectionError(endpoint_url="u"), payload(ALLOWED))

    assert decide(client).allowed is True
    assert "EndpointConnectionError" in lines.named("asking governance again")["reason"]


@pytest.mark.parametrize(("timeout", "left"), [(0.05, 5.0), (5.0, 0.05), (5.0, 0.0)])
def test_no_answer_in_time_is_a_denial(lines: Lines, decide: Decide, timeout: float, left: float) -> None:
    """Neither its own time nor the request's is exceeded, and the denial says timeout (ORB-1)."""
    gate = threading.Event()

    def slow() -> dict[str, Any]:
        gate.wait(10)
        return payload(ALLOWED)()

    threading.Timer(1.0, gate.set).start()
    decision = decide(FakeLambda(slow), timeout=timeout, left=left)

    assert (decision.allowed, decision.reason_code) == (False, "governance_timeout")


def test_a_governance_in_trouble_is_not_flooded(lines: Lines) -> None:
    """Second calls stay within the retry budget."""
    client = FakeLambda(client_error("TooManyRequestsException"))
    with Governance(client=client, function=ARN, sleep=lambda seconds: None) as governance:
        for _ in range(100):
            governance.decide(QUESTION)
    assert 100 < len(client.calls) <= 100 + 10 + 10


def test_no_second_call_is_begun_when_nobody_waits_for_it(lines: Lines) -> None:
    """A pause that would end after the deadline is not made."""
    client, clock = FakeLambda(client_error("TooManyRequestsException")), Clock()
    with Governance(client=client, function=ARN, monotonic=clock, timeout_seconds=1e-9) as governance:
        governance.decide(QUESTION)
    assert len(client.calls) <= 1


def test_a_closed_client_denies(lines: Lines) -> None:
    """A question after the end is a denial like any other."""
    governance = Governance(client=FakeLambda(payload(ALLOWED)), function=ARN)
    governance.close()
    decision = governance.decide(QUESTION)
    assert (decision.allowed, decision.reason_code) == (False, "governance_error")


def test_a_question_that_is_no_json_is_denied(lines: Lines, decide: Decide) -> None:
    """A context of other things than JSON has is the caller's fault, and a denial."""
    question = CallQuestion(service="orbit", intent="reason", context={"purpose": object()})
    with Governance(client=FakeLambda(payload(ALLOWED)), function=ARN) as governance:
        assert governance.decide(question).reason_code == "governance_error"
    cached = DecisionCache(seconds=1)
    with Governance(client=FakeLambda(payload(ALLOWED)), function=ARN, cache=cached) as governance:
        assert governance.decide(question).reason_code == "governance_error"


def test_equal_questions_are_asked_once_while_they_are_remembered(lines: Lines) -> None:
    """The second answer is the first with the correlation id of the second; it costs no call."""
    client, clock = FakeLambda(payload(ALLOWED)), Clock()
    cache = DecisionCache(seconds=2, monotonic=clock)
    with Governance(client=client, function=ARN, cache=cache, monotonic=clock) as governance:
        first = governance.decide(QUESTION)
        second = governance.decide(replace(QUESTION, correlation_id="def"))
        assert (second.allowed, second.correlation_id) == (True, "def")
        assert second.decision_id == first.decision_id
        assert len(client.calls) == 1
        clock.now += 2
        governance.decide(QUESTION)
        assert len(client.calls) == 2


def test_a_client_for_aws_is_made_of_two_names(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is closed means a denial; proxies and credentials are those of the environment."""
    for name, value in (
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ):
        monkeypatch.setenv(name, value)
    with Governance.connect(function=ARN, region="eu-central-1", cache_seconds=1) as governance:
        assert governance.decide(QUESTION).reason_code == "governance_unreachable"
