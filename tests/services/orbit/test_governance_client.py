from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from services.orbit.decision import Question
from services.orbit.governance import MAX_ANSWER_BYTES, LambdaGovernance
from services.orbit.models import Decision
from services.runtime.deadline import Deadline
from services.runtime.tracing import Span, Tracer
from tests.services.doubles import Clock, Lines

QUESTION = Question(service="orbit", intent="reason", target="axon", tenant="t1", correlation_id="abc")
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


def decide(
    client: FakeLambda, *, timeout: float = 5.0, left: float = 5.0, traces: Collected | None = None
) -> Decision:
    tracer = Tracer(service="orbit", exporter=traces or Collected())
    clock = Clock()
    governance = LambdaGovernance(
        client=client,
        function="arn:aws:lambda:eu-central-1:123456789012:function:dev-governance-decide:live",
        tracer=tracer,
        timeout_seconds=timeout,
        monotonic=clock,
        sleep=clock.sleep,
    )

    async def run() -> Decision:
        with tracer.segment(None, method="POST", url="/dispatch"):
            return await governance.decide(QUESTION, Deadline.within(left, now=clock.now))

    try:
        return asyncio.run(run())
    finally:
        governance.close()


def test_the_function_decides(lines: Lines) -> None:
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
        (client_error("TooManyRequestsException"), "governance_unreachable", "TooManyRequestsException", 2),
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
    lines: Lines, answer: Any, code: str, reason: str, calls: int
) -> None:
    """Fail closed: a broken, missing, throttled or slow governance denies, and says which (ORB-1)."""
    client = FakeLambda(answer)

    decision = decide(client)

    assert (decision.allowed, decision.reason_code) == (False, code)
    assert reason in decision.reason
    assert len(client.calls) == calls


def test_a_lost_connection_is_tried_once_more(lines: Lines) -> None:
    """When nobody decided, a second call may; it is logged."""
    client = FakeLambda(EndpointConnectionError(endpoint_url="u"), payload(ALLOWED))

    assert decide(client).allowed is True
    assert "EndpointConnectionError" in lines.named("asking governance again")["reason"]


@pytest.mark.parametrize(("timeout", "left"), [(0.05, 5.0), (5.0, 0.05), (5.0, 0.0)])
def test_no_answer_in_time_is_a_denial(lines: Lines, timeout: float, left: float) -> None:
    """Neither its own time nor the request's is exceeded, and the denial says timeout (ORB-1)."""
    gate = threading.Event()

    def slow() -> dict[str, Any]:
        gate.wait(10)
        return payload(ALLOWED)()

    started = time.monotonic()
    threading.Timer(1.0, gate.set).start()
    decision = decide(FakeLambda(slow), timeout=timeout, left=left)

    assert (decision.allowed, decision.reason_code) == (False, "governance_timeout")
    assert time.monotonic() - started < 5


def test_a_governance_in_trouble_is_not_flooded(lines: Lines) -> None:
    """Second calls stay within the retry budget."""
    client, clock = FakeLambda(client_error("TooManyRequestsException")), Clock()
    governance = LambdaGovernance(
        client=client,
        function="arn",
        tracer=Tracer(service="orbit", exporter=Collected()),
        timeout_seconds=5,
        monotonic=clock,
        sleep=clock.sleep,
    )

    async def run() -> None:
        for _ in range(100):
            await governance.decide(QUESTION, Deadline.within(5, now=clock.now))

    asyncio.run(run())
    governance.close()
    assert 100 < len(client.calls) <= 100 + 10 + 10
