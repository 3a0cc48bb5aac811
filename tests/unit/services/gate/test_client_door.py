"""Clients at the door of an application behind the gate. GOV-4, ZTN-1"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cli.policies.identity import Prover
from services.gate.client_door import is_of_the_door, route_path
from services.runtime.calls.http import HttpAnswer
from services.runtime.clients.client_proof import ClientRequest
from tests.support.governance import fake_sts
from tests.support.services.doubles import Lines
from tests.support.services.gating import TOKEN, Gate, ScriptedApplication, gate_before, status_of
from tests.support.services.processes import HTTP
from tests.support.services.scripted_calls import answer
from tests.support.services.signed_calls import ISSUER, REGION
from tests.support.wire.tokens import AUDIENCE, fresh, jwks
from tests.support.wire.tokens import ISSUER as TOKENS_ISSUER

SHOP = "arn:aws:sts::123456789012:assumed-role/shop/session"
DOOR = json.dumps(["/shop", "/app/*", "/*/b"])


@pytest.fixture(scope="module")
def application() -> ScriptedApplication:
    return ScriptedApplication()


@pytest.fixture(scope="module")
def shared(application: ScriptedApplication) -> Iterator[Gate]:
    with gate_before(application, *[answer({"paid": True})] * 2, INGRESS=DOOR) as gate:
        yield gate


@pytest.fixture
def gate(shared: Gate, application: ScriptedApplication, lines: Lines) -> Gate:
    application.seen.clear()
    application.answer = Response(b"hello", 201, {"set-cookie": "a=b", "x-own": "1"}, "text/plain")
    return shared


def test_a_client_reaches_the_application_and_hears_what_it_says(
    gate: Gate, application: ScriptedApplication
) -> None:
    """Method, query, body and headers go on; status, body and headers come back. There is no caller."""
    found = HTTP.put(
        f"{gate.url}/app/x?q=%2F+1", content=b"body", headers={"cookie": "c=d", "authorization": "Basic eDp5"}
    )
    assert (found.status_code, found.text) == (201, "hello")
    assert (found.headers["set-cookie"], found.headers["x-own"]) == ("a=b", "1")
    assert found.headers["content-type"].startswith("text/plain")
    [(path, headers, body)] = application.seen
    assert (path, body) == ("/app/x", b"body")
    assert (headers["cookie"], headers["authorization"]) == ("c=d", "Basic eDp5")
    assert (headers["x-myelin-gate-token"], headers["x-myelin-unproven"]) == (TOKEN, "1")
    assert not {"x-myelin-caller", "x-myelin-tenant", "x-myelin-context"} & headers.keys()
    assert headers["x-correlation-id"] == found.headers["x-correlation-id"]


def test_no_client_says_what_only_the_gate_may(gate: Gate, application: ScriptedApplication) -> None:
    """Names of the gate's, also as servers spell them that know no hyphens, and those of the connection."""
    names = ("x-myelin-caller", "X_Myelin_Caller", "x-myelin_tenant", "x-myelin-new", "x-hop")
    HTTP.get(f"{gate.url}/shop", headers={"connection": "close, x-hop", **dict.fromkeys(names, "forged")})
    [(_, headers, _)] = application.seen
    assert "forged" not in headers.values()


@pytest.mark.parametrize(
    "name",
    [
        "SCRIPT_NAME", "Path_Info", "X-Script-Name", "X-Original-URL", "X-Original-Uri", "X-Rewrite-URL",
        "X-Forwarded-Prefix", "X-Forwarded-Uri", "x_forwarded_prefix", "Proxy",
    ],
)  # fmt: skip
def test_no_header_makes_another_path_of_a_declared_one(
    gate: Gate, application: ScriptedApplication, name: str
) -> None:
    """Gunicorn, for one, cuts SCRIPT_NAME off the path: `/app/balance` would be the intent. The balancer's
    own headers go on.
    """
    told = {"x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    HTTP.get(f"{gate.url}/app/balance", headers={name: "/app", **told})
    [(path, headers, _)] = application.seen
    assert (path, name.lower() in headers) == ("/app/balance", False)
    assert told.items() <= headers.items()


@pytest.mark.parametrize(
    "path",
    [
        "/app/../balance", "/app/%2e%2e/balance", "/app//balance", "/app/./x", "/app/x%2fy", "/app/x;y",
        "/app/.env", "/app\\x", "/shop/", "/Shop", "/other", "/app", "/balance/b/../..",
    ],
)  # fmt: skip
def test_other_spellings_and_paths_are_not_found(
    gate: Gate, application: ScriptedApplication, path: str
) -> None:
    """What the application could read as another path, and what is not declared, it never sees."""
    assert status_of(gate.url, path) in (400, 404)
    assert application.seen == []


def test_the_intent_s_own_path_needs_a_grant(gate: Gate, application: ScriptedApplication) -> None:
    """Whatever is declared: an intent is for services."""
    assert status_of(gate.url, "/balance") == 401
    assert application.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "/balance",
        "/Balance",
        "/balance/",
        "/BALANCE/",
        "//balance",
        "/balance.json",
        "/balance.",
        "/x/..",
        "/.x",
    ],
)
def test_a_path_that_covers_everything_covers_no_intent(path: str) -> None:
    """In no spelling that some server takes for it."""
    assert not is_of_the_door(path, {"balance"})


@pytest.mark.parametrize(
    ("pattern", "route"),
    [("/a", "/a"), ("/a/*", "/a/{rest0:path}"), ("/*/b*", "/{rest0:path}/b{rest1:path}")],
)
def test_a_star_stands_for_anything(pattern: str, route: str) -> None:
    """As the load balancer has it."""
    assert route_path(pattern) == route


def calling(gate: Gate) -> Any:
    """An application that calls another service for its client."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = {name.decode(): value.decode() for name, value in scope["headers"]}["x-myelin-request"]
        called = await asyncio.to_thread(gate.call, headers={"x-myelin-request": request})
        await Response(called.content, called.status_code)(scope, receive, send)

    return serve


def test_what_it_calls_for_a_client_is_unproven(gate: Gate, application: ScriptedApplication) -> None:
    """As with a route of the kit: policies can tell."""
    application.answer = calling(gate)
    assert HTTP.get(f"{gate.url}/shop").json() == {"paid": True}
    assert gate.governance.questions[-1]["unproven"] is True


def test_a_client_with_an_identity_is_proven(application: ScriptedApplication) -> None:
    """Where the declaration names IAM identities: without a proof 401; the application is told the tenant and
    gets the body, and not the proof.
    """
    application.seen.clear()
    application.answer = Response(b"hello", 201)
    sts = HttpAnswer(status=200, body=fake_sts.answer(SHOP))
    with gate_before(application, sts, INGRESS=DOOR, CLIENT_IDENTITIES='{"role/shop": "acme"}') as gate:
        bound = ClientRequest(
            audience=f"{ISSUER}/ledger", method="PUT", path="/shop", query="a=b", body=b"body"
        )
        signer = Prover(credentials=fake_sts.credentials_of(SHOP), region=REGION, sts=fake_sts.URL)
        proof = {"x-myelin-identity": signer.prove(bound).encode()}
        assert HTTP.put(f"{gate.url}/shop?a=b", content=b"body").status_code == 401
        assert application.seen == []
        assert HTTP.put(f"{gate.url}/shop?a=b", content=b"body", headers=proof).status_code == 201
        [(_, headers, body)] = application.seen
        assert (headers["x-myelin-tenant"], body) == ("acme", b"body")
        assert not {"x-myelin-unproven", "x-myelin-identity"} & headers.keys()


def test_a_client_with_a_token_is_proven(application: ScriptedApplication) -> None:
    """Where the declaration asks for tokens: without one 401; the application is told the tenant, not the
    token, and its calls for that client are proven.
    """
    trusted = {"issuer": TOKENS_ISSUER, "audience": AUDIENCE, "keys": "arn:client-keys", "claims": ["plan"]}
    application.seen.clear()
    with gate_before(
        application,
        answer({"paid": True}),
        secrets={"arn:client-keys": jwks()},
        INGRESS=DOOR,
        CLIENTS=json.dumps(trusted),
    ) as gate:
        application.answer = calling(gate)

        def ask(**headers: str) -> httpx.Response:
            return HTTP.get(f"{gate.url}/shop", headers=headers)

        assert (ask().status_code, application.seen) == (401, [])
        assert ask(authorization=f"Bearer {fresh()}").json() == {"paid": True}
        [(_, headers, _)] = application.seen
        assert (headers["x-myelin-tenant"], headers.get("x-myelin-unproven")) == ("acme", None)
        assert json.loads(urlsafe_b64decode(headers["x-myelin-context"] + "==")) == {"plan": "gold"}
        assert "authorization" not in headers
        question = gate.governance.questions[-1]
        assert (question["tenant"], question.get("unproven", False)) == ("acme", False)
