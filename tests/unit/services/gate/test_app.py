"""The gate from outside: what comes in, what the application gets, and what goes out again. GOV-4"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator

import pytest
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.gate.app import build
from services.runtime.errors import ServiceSettingsError
from services.runtime.signing.sign import SigningKey
from tests.support.services.doubles import Lines
from tests.support.services.gating import ENVIRON, TOKEN, Gate, ScriptedApplication, gate_before, status_of
from tests.support.services.parts import ExportedSpans
from tests.support.services.processes import free_port
from tests.support.services.signed_calls import BALANCE, SignedCall

CALL = SignedCall(intent=BALANCE, idempotency_key=None, context={})


@pytest.fixture(scope="module")
def application() -> ScriptedApplication:
    return ScriptedApplication()


@pytest.fixture(scope="module")
def shared(application: ScriptedApplication) -> Iterator[Gate]:
    with gate_before(application) as gate:
        yield gate


@pytest.fixture
def gate(shared: Gate, application: ScriptedApplication, lines: Lines) -> Gate:
    application.seen.clear()
    application.answer, application.healthy = Response(b'{"balance":5}'), 200
    return shared


def told(gate: Gate, application: ScriptedApplication, answer: Response) -> tuple[int, str]:
    """Status and slug of what the gate makes of an application's answer."""
    application.answer = answer
    found = gate.ask(CALL)
    return found.status_code, found.json()["type"].removeprefix("urn:myelin:problem:")


def test_the_application_gets_what_was_proved(gate: Gate, application: ScriptedApplication) -> None:
    """Caller, tenant, claims, correlation, deadline and the token; the body is that of the caller."""
    answer = gate.ask(
        SignedCall(intent=BALANCE, context={"purpose": "audit"}, unproven=True, idempotency_key="k")
    )
    assert (answer.status_code, answer.content) == (200, b'{"balance":5}')
    [(path, headers, body)] = application.seen
    assert (path, json.loads(body)) == ("/balance", {"amount": 5, "note": "x"})
    said = {name: headers[f"x-myelin-{name}"] for name in ("caller", "tenant", "unproven", "gate-token")}
    assert said == {"caller": "orbit", "tenant": "acme", "unproven": "1", "gate-token": TOKEN}
    context = headers["x-myelin-context"]
    assert json.loads(urlsafe_b64decode(context + "=" * (-len(context) % 4))) == {"purpose": "audit"}
    assert headers["x-correlation-id"] == answer.headers["x-correlation-id"] == "c-1"
    assert 0 < int(headers["x-myelin-deadline-ms"]) <= 8000
    assert headers["idempotency-key"] == "k"


def test_what_was_not_said_is_not_handed_over(gate: Gate, application: ScriptedApplication) -> None:
    """Without tenant and claims, and proven, there are no such headers."""
    gate.ask(SignedCall(intent=BALANCE, tenant=None, context={}, idempotency_key=None))
    [(_, headers, _)] = application.seen
    assert not {"x-myelin-tenant", "x-myelin-context", "x-myelin-unproven", "idempotency-key"} & set(headers)


def test_nothing_from_outside_is_handed_over(gate: Gate, application: ScriptedApplication) -> None:
    """Headers that the application trusts cannot be smuggled in, signed or not; nor can those of the call."""
    smuggled = {
        "x-myelin-caller": "treasury",
        "x-myelin-request": "0" * 32,
        "x-myelin-gate-token": "made-up",
        "x-forwarded-for": "10.0.0.1",
        "cookie": "session=1",
        "x-http-method-override": "DELETE",
    }
    assert gate.ask(SignedCall(intent=BALANCE, idempotency_key=None, headers=smuggled)).status_code == 200
    [(_, headers, _)] = application.seen
    assert (headers["x-myelin-caller"], headers["x-myelin-gate-token"]) == ("orbit", TOKEN)
    assert headers["x-myelin-request"] != "0" * 32
    assert not set(smuggled) - {"x-myelin-caller", "x-myelin-request", "x-myelin-gate-token"} & set(headers)
    assert not {"x-myelin-grant", "authorization", "x-amz-date", "x-myelin-nonce"} & set(headers)


@pytest.mark.parametrize(
    "call",
    [
        SignedCall(intent=BALANCE, idempotency_key=None, headers={"x-myelin-grant": None}),
        SignedCall(intent=BALANCE, idempotency_key=None, grant={"caller": "web"}),
        SignedCall(
            intent=BALANCE,
            idempotency_key=None,
            key=SigningKey(caller="orbit", version="v1", secret="x" * 64),
        ),
    ],
)
def test_what_is_not_granted_does_not_reach_the_application(
    gate: Gate, application: ScriptedApplication, call: SignedCall
) -> None:
    """No grant, another one's grant, another one's signature: 403, and the application hears nothing."""
    assert gate.ask(call).status_code == 403
    assert application.seen == []


@pytest.mark.parametrize(
    "path", ["/balance/", "//balance", "/./balance", "/x/../balance", "/%62alance", "/balance%2f", "/other"]
)
def test_only_exact_declared_paths_lead_to_the_application(
    gate: Gate, application: ScriptedApplication, path: str
) -> None:
    """No other spelling of a path is forwarded, and none that is not declared."""
    assert status_of(gate.url, path) == 404
    assert application.seen == []


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429])
def test_a_refusal_goes_on_with_its_words(gate: Gate, application: ScriptedApplication, status: int) -> None:
    """Status and detail of the application's refusal are the caller's to know; its headers are not."""
    application.answer = Response(
        b'{"detail": "no\\nsuch account", "type": "urn:myelin:problem:grant-refused"}',
        status_code=status,
        headers={"x-secret": "1", "set-cookie": "a=b", "retry-after": "7"},
    )
    answer = gate.ask(CALL)
    assert (answer.status_code, answer.json()["detail"]) == (status, "no such account")
    assert answer.json()["type"] == "urn:myelin:problem:application-refused"
    assert not {"x-secret", "set-cookie"} & set(answer.headers)
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(status_code=401), (400, "application-refused")),
        (Response(status_code=403), (400, "application-refused")),
        (RedirectResponse("http://169.254.169.254/"), (500, "application-failed")),
        (Response(status_code=500), (500, "application-failed")),
        (Response(status_code=503), (503, "application-unavailable")),
        (Response(status_code=504), (504, "out-of-time")),
        (Response(b"<html>"), (500, "application-failed")),
        (Response(b'{"a": NaN}'), (500, "application-failed")),
        (
            Response(b'{"type": "urn:myelin:problem:denied-by-policy"}', status_code=403),
            (400, "application-refused"),
        ),
    ],
)
def test_each_answer_becomes_one_of_ours(
    gate: Gate, application: ScriptedApplication, answer: Response, expected: tuple[int, str]
) -> None:
    """Redirects are not followed; what is no JSON is no result; a denial cannot be made up."""
    assert told(gate, application, answer) == expected


def test_an_empty_answer_is_null(gate: Gate, application: ScriptedApplication) -> None:
    """A deed without a result."""
    application.answer = Response(status_code=204)
    assert gate.ask(CALL).json() is None


def test_hop_by_hop_headers_end_at_the_gate(gate: Gate, application: ScriptedApplication) -> None:
    """Connection, Upgrade, Trailer and the like of the application's answer are not the caller's."""
    application.answer = Response(
        b"[]",
        headers={"connection": "x-private", "x-private": "1", "upgrade": "h2c", "keep-alive": "timeout=1"},
    )
    answer = gate.ask(CALL)
    assert answer.json() == []
    assert not {"x-private", "upgrade", "keep-alive"} & set(answer.headers)


def test_a_gigabyte_is_not_read(gate: Gate, application: ScriptedApplication) -> None:
    """More than 1 MiB is not taken, with a length or without; the rest is never sent."""
    sent = 0

    async def endless() -> object:
        nonlocal sent
        for _ in range(1024):
            sent += 1
            yield b"x" * 1_048_576
            await asyncio.sleep(0)

    assert told(gate, application, StreamingResponse(endless())) == (500, "application-failed")  # type: ignore[arg-type]
    assert sent < 100


def test_a_slow_application_costs_the_deadline_and_no_more(
    gate: Gate, application: ScriptedApplication
) -> None:
    """The caller's deadline ends it: 504."""

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        # until the gate hangs up
        assert (await receive())["type"] == "http.disconnect"

    application.answer = never
    call = SignedCall(intent=BALANCE, idempotency_key=None, headers={"x-myelin-deadline-ms": "200"})
    answer = gate.ask(call)
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:myelin:problem:out-of-time")


def test_a_dead_application_is_503_and_unhealthy(lines: Lines) -> None:
    """Nothing takes connections: come back later; the gate is not healthy, and says why."""
    with gate_before(f"http://127.0.0.1:{free_port()}") as gate:
        answer = gate.ask(CALL)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"] == "urn:myelin:problem:application-unreachable"
        status, state = gate.health()
    assert (status, state.status) == (503, "unhealthy")
    assert state.dependencies["application"].detail == "its health check failed: ClientConnectorError"


def test_the_gate_is_as_healthy_as_its_application(gate: Gate, application: ScriptedApplication) -> None:
    """200 while the application answers 2xx on its health path, else 503."""
    assert (gate.health()[0], gate.health()[1].status) == (200, "ok")
    application.healthy = 500
    status, state = gate.health()
    assert (status, state.status) == (503, "unhealthy")
    assert state.dependencies["application"].detail == "its health check answered 500"


def test_one_segment_for_each_step(application: ScriptedApplication, lines: Lines) -> None:
    """A call that comes in is verified, then the application works. OBS-4"""
    spans = ExportedSpans()
    with gate_before(application, exporter=spans) as gate:
        application.answer = Response(b"1")
        gate.ask(CALL)
    assert [child.name for child in spans.spans[0].children] == ["verify", "application"]
    trace = application.seen[-1][1]["traceparent"].split("-")
    assert trace[1] == spans.spans[0].trace_id.replace("-", "")[1:]
    assert trace[2] == spans.spans[0].children[1].id


def test_a_gate_with_nothing_to_guard_does_not_start() -> None:
    """Neither intents nor calls: it would only stand there."""
    with pytest.raises(ServiceSettingsError, match="nothing to guard"):
        build(ENVIRON)


def test_intents_need_the_public_keys_of_grants() -> None:
    """A gate that could not check grants does not start."""
    with pytest.raises(ServiceSettingsError, match="GRANT_KEYS"):
        build(ENVIRON | {"INTENTS": '[{"name": "credit"}]'})
