"""One dispatch: the target is found, asked on behalf of the client, and every end is measured. ORB-1."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from pydantic import ValidationError

from services.orbit.app import DISPATCH, service
from services.orbit.dispatcher import dispatch
from services.orbit.models import DispatchAnswer, DispatchRequest
from services.runtime.calls.caller import Called, Wanted
from services.runtime.calls.errors import CallDeniedError, PayloadRefusedError, TargetTimeoutError
from services.runtime.deadline import Deadline
from services.runtime.governance.decision import Decision
from services.runtime.parts import Edges
from services.runtime.requests.problems import ProblemError
from services.runtime.service import Service
from services.runtime.settings import CallSettings
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import NoExporter
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import Lines, SecretsInMemory
from tests.support.services.parts import NoHttp
from tests.support.wire.tokens import AUDIENCE, ISSUER, fresh, jwks

DECISION = Decision(
    allowed=True,
    reason="permitted",
    reason_code="permitted",
    policies=["orbit-may-reason"],
    service="orbit",
    intent="reason",
    target="axon",
    grant="a.secret.grant",
)
CALLS = (CallSettings(service="axon", intent="reason", url="http://axon:80", signing_secret="arn"),)
ENVIRON = {
    "MYELIN_SERVICE": "orbit",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.0",
    "AWS_REGION": "eu-central-1",
}
METRICS = Metrics(service="orbit", environment="dev", epoch_seconds=lambda: 1.0)


class Caller:
    """Answers, or raises, what it is made with; remembers what was wanted."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.wanted: list[Wanted] = []

    async def call(self, wanted: Wanted, _due: Deadline) -> Called:
        self.wanted.append(wanted)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return Called(answer=self.outcome, decision=DECISION, attempts=1, governance_ms=1.5, target_ms=2.5)


def dispatched(
    caller: Caller, asked: DispatchRequest, calls: tuple[CallSettings, ...] = CALLS
) -> DispatchAnswer:
    return asyncio.run(
        dispatch(
            asked,
            caller=caller,  # type: ignore[arg-type]
            calls=calls,
            metrics=METRICS,
            due=Deadline.within(5, now=time.monotonic()),
            correlation_id="c-1",
            idempotency_key="key-1",
            proven=False,
        )
    )


def counted(lines: Lines) -> dict[str, float]:
    found = lines.all()[-1]
    return {name: found[name] for name in ("Dispatches", "DispatchesDenied", "DispatchesFailed")}


def test_what_the_client_asks_reaches_the_target(lines: Lines) -> None:
    """Payload, tenant, claims and key go along, marked as nobody's proof; the answer never has the grant."""
    caller = Caller({"any": ["JSON"]})
    asked = DispatchRequest(intent="reason", payload=[1], tenant="t", context={"purpose": "test"})
    answer = dispatched(caller, asked)
    assert caller.wanted == [
        Wanted(
            service="axon",
            intent="reason",
            payload=[1],
            tenant="t",
            context={"purpose": "test"},
            proven=False,
            idempotency_key="key-1",
        )
    ]
    assert (answer.result, answer.target, answer.latency_ms.governance) == ({"any": ["JSON"]}, "axon", 1.5)
    assert "secret" not in answer.model_dump_json()
    assert counted(lines) == {"Dispatches": 1, "DispatchesDenied": 0, "DispatchesFailed": 0}


def test_an_intent_of_several_services_needs_a_target() -> None:
    """Where the intent leaves a choice nobody is asked, and the client is told what to name."""
    caller = Caller(None)
    other = CallSettings(service="other", intent="reason", url="http://other:80", signing_secret="arn")
    with pytest.raises(ProblemError, match="`target`: name one"):
        dispatched(caller, DispatchRequest(intent="reason"), (*CALLS, other))
    assert caller.wanted == []


@pytest.mark.parametrize(
    ("error", "denied", "failed"),
    [
        (CallDeniedError("axon", DECISION, governance_ms=3.0), 1, 0),
        (TargetTimeoutError("axon", "did not answer"), 0, 1),
    ],
    ids=["denied", "failed"],
)
def test_a_dispatch_without_an_answer_is_counted(
    lines: Lines, error: Exception, denied: int, failed: int
) -> None:
    """A denial and a failure of the target raise as they are, and each counts in its own rate alone."""
    with pytest.raises(type(error)):
        dispatched(Caller(error), DispatchRequest(intent="reason"))
    counts = [line for line in lines.all() if "Dispatches" in line]
    assert [(line["DispatchesDenied"], line["DispatchesFailed"]) for line in counts] == [(denied, failed)]


@pytest.mark.parametrize(
    "body",
    [
        '{"intent": "no spaces"}',
        "{}",
        '{"intent": "reason", "input": "x"}',
        '{"intent": "reason", "tenant": ""}',
    ],
)
def test_other_requests_are_refused(body: str) -> None:
    """A wrong intent, an empty tenant, or a member that is not documented is refused."""
    with pytest.raises(ValidationError):
        DispatchRequest.model_validate_json(body)


def test_each_documented_answer_has_a_model() -> None:
    """The document of the one path shows what every status answers with, and the application serves it."""
    edges = Edges(secrets=SecretsInMemory(), http=NoHttp(), spans=NoExporter())
    served = AsgiClient(service.build(ENVIRON, edges=edges)).get("/openapi.json").json()
    assert set(served["paths"]["/dispatch"]["post"]["responses"]) == {
        str(answer.status) for answer in DISPATCH.responses
    }
    assert [answer.status for answer in DISPATCH.responses if answer.model is None] == []


def test_a_client_s_token_says_for_whom_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tenant and claims go with the call, as proven; a body that says others is refused. ZTN-1"""
    secrets, caller = SecretsInMemory(), Caller({"done": True})
    secrets.rotate("arn:client-keys", "1", jwks())
    trusted = {"issuer": ISSUER, "audience": AUDIENCE, "keys": "arn:client-keys", "claims": ["plan"]}
    edges = Edges(secrets=secrets, http=NoHttp(), spans=NoExporter())
    monkeypatch.setattr(Service, "caller", caller)
    client = AsgiClient(service.build({**ENVIRON, "CLIENTS": json.dumps(trusted)}, edges=edges))
    authorization = {"authorization": f"Bearer {fresh()}"}

    def ask(**more: Any) -> int:
        body = {"intent": "reason", "target": "axon", **more}
        return client.post("/dispatch", json=body, headers=authorization).status_code

    assert [ask(), ask(tenant="acme"), ask(tenant="other"), ask(context={"plan": "free"})] == [
        200,
        200,
        400,
        400,
    ]
    assert {(one.tenant, str(one.context), one.proven) for one in caller.wanted} == {
        ("acme", "{'plan': 'gold'}", True)
    }
    authorization.clear()
    assert ask() == 401


def test_a_payload_that_the_target_does_not_take_is_the_client_s_fault(lines: Lines) -> None:
    """400 with what the target says, and no failed dispatch: nothing is wrong with either service."""
    with pytest.raises(ProblemError) as caught:
        dispatched(
            Caller(PayloadRefusedError("axon", "refused it: `input` is no text")),
            DispatchRequest(intent="reason"),
        )
    assert (caught.value.status, caught.value.detail) == (400, "`axon` refused it: `input` is no text")
    assert counted(lines) == {"Dispatches": 1, "DispatchesDenied": 0, "DispatchesFailed": 0}
