"""The application's way out through the gate: only the application's, and only in the name of its service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gate.door import CALL_PATH
from services.runtime.calls.http import NotSentError
from tests.support.services.doubles import Lines
from tests.support.services.gating import TOKEN, Gate, ScriptedApplication, gate_before, status_of
from tests.support.services.parts import ExportedSpans
from tests.support.services.processes import HTTP
from tests.support.services.scripted_calls import answer, problem
from tests.support.services.signed_calls import BALANCE, SignedCall


@dataclass
class CallingApplication:
    """Calls `bank` with `headers` besides the token while it works, and answers what it is answered."""

    calls_url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    passes_on: bool = True
    answers: list[httpx.Response] = field(default_factory=list)
    request: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.request = request.headers["x-myelin-request"]
        given = {"x-myelin-gate-token": TOKEN, "x-myelin-request": self.request} | self.headers
        async with httpx.AsyncClient(trust_env=False) as client:
            told = await client.post(
                f"{self.calls_url}/call/bank/pay", headers=given, content=b'{"amount":1}'
            )
        self.answers.append(told)
        status = told.status_code if self.passes_on else 500 if told.is_error else 200
        await Response(told.content if self.passes_on else b"", status_code=status)(scope, receive, send)


@pytest.fixture(scope="module")
def application() -> ScriptedApplication:
    return ScriptedApplication()


@pytest.fixture(scope="module")
def shared(application: ScriptedApplication) -> Iterator[Gate]:
    with gate_before(application) as gate:
        yield gate


@pytest.fixture
def calling(application: ScriptedApplication, shared: Gate) -> CallingApplication:
    made = CallingApplication(calls_url=shared.calls_url)
    application.answer = made
    return made


@pytest.fixture
def gate(shared: Gate, calling: CallingApplication, lines: Lines) -> Gate:
    shared.governance.questions.clear()
    shared.governance.changes.clear()
    shared.outside.sent.clear()
    shared.outside.answers[:] = [answer({"paid": 1}), answer({"paid": 2})]
    return shared


CALL = SignedCall(intent=BALANCE, idempotency_key=None, unproven=True, headers={"x-correlation-id": "c-7"})


def sent(gate: Gate) -> Mapping[str, str]:
    """The headers of the one request that went to `bank`."""
    [one] = gate.outside.sent
    return one.headers


def test_a_call_on_behalf_of_a_request_takes_over_what_is_the_request_s(
    gate: Gate, calling: CallingApplication
) -> None:
    """Tenant, mark and correlation are the request's, whatever the application says of them."""
    calling.headers = {
        "x-myelin-tenant": "other",
        "x-correlation-id": "mine",
        "x-myelin-caller": "treasury",
        "x-myelin-unproven": "",
    }
    assert gate.ask(CALL).json() == {"paid": 1}
    headers = sent(gate)
    names = ("x-myelin-tenant", "x-correlation-id", "x-myelin-unproven", "x-myelin-grant")
    assert [headers[name] for name in names] == ["acme", "c-7", "1", "the-grant"]
    assert "Credential=ledger.v1/" in headers["authorization"]
    assert int(headers["x-myelin-deadline-ms"]) <= 2000
    [question] = gate.governance.questions
    said = {name: question[name] for name in ("service", "intent", "target", "tenant", "unproven")}
    assert said == {
        "service": "ledger",
        "intent": "pay",
        "target": "bank",
        "tenant": "acme",
        "unproven": True,
    }


def test_on_its_own_the_application_acts_for_no_tenant(gate: Gate) -> None:
    """Without a request there is no tenant, and one cannot be named; the correlation id can."""
    told = gate.call(headers={"x-myelin-tenant": "acme", "x-correlation-id": "nightly"})
    assert (told.status_code, told.json(), told.headers["x-correlation-id"]) == (200, {"paid": 1}, "nightly")
    assert sent(gate)["x-correlation-id"] == "nightly"
    assert "tenant" not in gate.governance.questions[0]


def test_a_request_that_has_ended_is_nobody_s_any_more(gate: Gate, calling: CallingApplication) -> None:
    """Its id is good while it is being served; an unknown one is refused, and nothing is sent."""
    assert gate.ask(CALL).status_code == 200
    assert gate.call(headers={"x-myelin-request": calling.request}).status_code == 400
    assert gate.call(headers={"x-myelin-request": "0" * 32}).status_code == 400
    assert len(gate.outside.sent) == 1


@pytest.mark.parametrize("token", [None, "", TOKEN[:-1], f"{TOKEN}t", "ü"])
def test_who_has_not_the_token_makes_no_call(gate: Gate, token: str | None) -> None:
    """Another process on the same loopback: 403, and neither governance nor the target hears of it."""
    headers = [] if token is None else [(b"x-myelin-gate-token", token.encode())]
    told = HTTP.post(f"{gate.calls_url}/call/bank/pay", headers=headers, content=b"{}")
    assert (told.status_code, told.json()["type"]) == (403, "urn:myelin:problem:not-the-application")
    twice = [("x-myelin-gate-token", TOKEN), ("x-myelin-gate-token", TOKEN)]
    assert HTTP.post(f"{gate.calls_url}/call/bank/pay", headers=twice, content=b"{}").status_code == 403
    assert (gate.outside.sent, gate.governance.questions) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "/call/bank/../x",
        "/call/../call/bank/pay",
        "/call/bank/%2e%2e/pay",
        "/call/bank%2fpay",
        "/call/bank/pay/",
        "/call/bank//pay",
        "//call/bank/pay",
        "/call/bank/pay%00",
        "/call/BANK/pay",
        "/call/bank",
        "/pay",
        "/",
        "/health",
    ],
)
def test_a_path_is_a_call_as_it_is_spelled_or_nothing(gate: Gate, path: str) -> None:
    """Dots, encoded slashes and the like lead nowhere: 404, and nothing is asked or sent."""
    assert status_of(gate.calls_url, path, {"x-myelin-gate-token": TOKEN}) == 404
    assert (gate.outside.sent, gate.governance.questions) == ([], [])


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/call/bank/pay?a=1", {}, b"{}", 400),
        ("/call/bank/pay", {"idempotency-key": "a b"}, b"{}", 400),
        ("/call/bank/pay", {"x-myelin-deadline-ms": "soon"}, b"{}", 400),
        ("/call/bank/pay", {"x-myelin-deadline-ms": "0"}, b"{}", 400),
        ("/call/bank/pay", {}, b'{"a": 1, "a": 2}', 400),
        ("/call/bank/pay", {}, b"", 400),
        ("/call/bank/pay", {}, b"1" * 100_000, 413),
        ("/call/bank/pay", {}, b'"' + b"x" * 65_000 + b'"', 200),
    ],
)
def test_a_call_of_the_wrong_form_is_told_what_is_wrong(
    gate: Gate, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """It is the application's own mistake, so it is told; nothing is sent."""
    assert gate.call(path, headers, body).status_code == status
    assert len(gate.outside.sent) == (status == 200)


def test_another_method_is_405(gate: Gate) -> None:
    """A call is made with POST."""
    assert status_of(gate.calls_url, "/call/bank/pay", {"x-myelin-gate-token": TOKEN}, method="GET") == 405


def test_a_call_that_is_not_declared_is_not_sent(gate: Gate) -> None:
    """Even if governance allowed it."""
    told = gate.call("/call/bank/rob")
    assert (told.status_code, told.json()["type"]) == (501, "urn:myelin:problem:call-not-declared")
    assert gate.outside.sent == []


def test_the_application_s_key_names_the_deed(gate: Gate) -> None:
    """Without one, the gate makes one: what is not safe to repeat is done once."""
    gate.call(headers={"idempotency-key": "invoice-7"})
    gate.call()
    first, second = (one.headers["idempotency-key"] for one in gate.outside.sent)
    assert first == "invoice-7"
    assert second != first


@pytest.mark.parametrize("passes_on", [True, False])
def test_a_denial_further_on_is_told_to_the_caller(
    gate: Gate, calling: CallingApplication, passes_on: bool
) -> None:
    """Whether the application passes on what it is told, or fails with it: 403, with the policy. GOV-4"""
    calling.passes_on = passes_on
    gate.governance.changes.update(allowed=False, reason="not today", reason_code="forbidden")
    told = gate.ask(CALL)
    assert told.status_code == 403
    assert {name: told.json()[name] for name in ("type", "detail", "reason_code", "policies")} == {
        "type": "urn:myelin:problem:denied-by-policy",
        "detail": "not today",
        "reason_code": "forbidden",
        "policies": ["p"],
    }
    assert gate.outside.sent == []


def test_a_denial_that_the_application_coped_with_is_no_failure(
    gate: Gate, application: ScriptedApplication, calling: CallingApplication
) -> None:
    """It was denied something, and answers all the same."""

    async def coping(scope: Scope, receive: Receive, send: Send) -> None:
        async def nowhere(message: Any) -> None: ...

        await calling(scope, receive, nowhere)
        await Response(b'"without"')(scope, receive, send)

    gate.governance.changes.update(allowed=False, reason_code="forbidden")
    application.answer = coping
    told = gate.ask(CALL)
    assert (told.status_code, told.json()) == (200, "without")
    assert calling.answers[0].status_code == 403


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([NotSentError("x"), answer({"paid": 3})], 200),
        ([problem(503, "busy"), answer({"paid": 3})], 200),
        ([problem(400, "invalid-request")], 502),
        ([answer("x", status=500)], 502),
    ],
)
def test_calls_are_made_as_the_kit_makes_them(gate: Gate, answers: list[Any], status: int) -> None:
    """What may pass is tried again; what the target did not do becomes problem details."""
    gate.outside.answers[:] = answers
    assert gate.call().status_code == status
    assert len(gate.outside.sent) == len(answers)


def test_every_step_has_its_segment(application: ScriptedApplication, lines: Lines) -> None:
    """Verify, application, and inside it the decision and the call, which is signed: one trace. OBS-4"""
    spans = ExportedSpans()
    application.answer = calling = CallingApplication()
    with gate_before(application, answer({"paid": 1}), exporter=spans) as gate:
        calling.calls_url = gate.calls_url
        gate.ask(CALL)
    [segment] = spans.spans
    assert [child.name for child in segment.children] == ["verify", "application"]
    inside = segment.children[1].children
    assert [(child.name, [one.name for one in child.children]) for child in inside] == [
        ("decide", ["governance"]),
        ("call", ["sign", "bank"]),
    ]
    assert (
        sent(gate)["x-amzn-trace-id"]
        == f"Root={segment.trace_id};Parent={inside[1].children[1].id};Sampled=1"
    )


def test_the_path_s_names_are_those_of_declarations() -> None:
    """A path that the declaration could not have is none here."""
    assert CALL_PATH.fullmatch(b"/call/a-b/c_d-e")
    for path in (b"/call/-a/b", b"/call/a/-b", b"/call/" + b"a" * 64 + b"/b", b"/call/a/b\n"):
        assert CALL_PATH.fullmatch(path) is None


def test_answers_are_json_of_any_kind(gate: Gate) -> None:
    """What the target answers is what the application gets."""
    gate.outside.answers[:] = [answer(["ü", 1.5, None, {"a": True}])]
    assert json.loads(gate.call().content) == ["ü", 1.5, None, {"a": True}]
