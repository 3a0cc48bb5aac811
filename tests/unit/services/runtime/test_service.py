"""A service is composed only if it does what it declares."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from cli.policies.identity import Prover
from services.runtime.calls.http import HttpAnswer
from services.runtime.clients.client_proof import ClientRequest
from services.runtime.errors import HandlerError, IntentMismatchError, ServiceSettingsError
from services.runtime.intents.call import Call, origin
from services.runtime.parts import Edges
from services.runtime.requests.openapi import ApiOperation
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry.tracing import NoExporter
from tests.support.governance import fake_sts
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.parts import NoHttp
from tests.support.services.scripted_calls import ScriptedHttp
from tests.support.wire.tokens import AUDIENCE, ISSUER, fresh, jwks

SHOP = "arn:aws:sts::111122223333:assumed-role/shop/session"
ENVIRON = {
    "MYELIN_SERVICE": "tested",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.0",
    "AWS_REGION": "eu-central-1",
}


async def handler(call: Call[dict[str, Any]]) -> str:
    return "done"


def service(*handled: str) -> Service:
    found = Service()
    for name in handled:
        found.intent(name)(handler)
    return found


def built(found: Service, *declared: str, **environ: str) -> Starlette:
    intents = {"INTENTS": json.dumps([{"name": name} for name in declared]), "GRANT_KEYS": "arn:grants"}
    edges = Edges(secrets=SecretsInMemory(), http=NoHttp(), spans=NoExporter())
    return found.build(ENVIRON | intents | environ, edges=edges)


def test_declared_and_handled_intents_agree() -> None:
    """A service with a handler for each declared intent is composed."""
    assert isinstance(built(service("credit", "balance"), "balance", "credit"), Starlette)


def test_a_service_may_offer_nothing() -> None:
    """Without intents it needs no public keys of grants."""
    assert isinstance(built(service(), GRANT_KEYS=""), Starlette)


@pytest.mark.parametrize(
    ("handled", "declared", "problem"),
    [
        ([], ["credit"], "`credit` is declared and has no handler"),
        (["credit"], [], "`credit` has a handler and is not declared"),
        (
            ["debit"],
            ["credit"],
            "`credit` is declared and has no handler; `debit` has a handler and is not declared",
        ),
    ],
)
def test_a_difference_is_refused(handled: list[str], declared: list[str], problem: str) -> None:
    """Each intent that is only declared or only handled is named."""
    with pytest.raises(IntentMismatchError) as caught:
        built(service(*handled), *declared)
    assert caught.value.message == f"`tested` does not do what it declares: {problem}"


def test_intents_need_the_public_keys_of_grants() -> None:
    """A service that offers intents and could not check grants is not composed."""
    with pytest.raises(ServiceSettingsError) as caught:
        built(service("credit"), "credit", GRANT_KEYS="")
    assert caught.value.variable == "GRANT_KEYS"


def test_a_missing_variable_is_named() -> None:
    """What every service needs is asked for by its name."""
    with pytest.raises(ServiceSettingsError) as caught:
        built(service(), MYELIN_VERSION="")
    assert caught.value.variable == "MYELIN_VERSION"


def test_a_function_that_is_no_handler_is_refused() -> None:
    """A handler without annotations fails when the module is imported, not at its first call."""

    def bare(call):  # type: ignore[no-untyped-def]
        return call

    with pytest.raises(HandlerError):
        Service().intent("credit")(bare)


def test_a_handler_that_reads_an_attribute_under_two_names_is_refused() -> None:
    """It could do something else than what was decided about: the process does not start. GOV-4"""

    class Payment(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        amount: int = Field(alias="amt")

    async def pay(call: Call[Payment]) -> str:
        return "paid"

    found = Service()
    pay.__annotations__ = {"call": Call[Payment], "return": str}
    found.intent("pay")(pay)
    declared = json.dumps([{"name": "pay", "attributes": ["amount"]}])
    with pytest.raises(HandlerError, match="reads `amount`, which policies look at, from `amt` as well"):
        built(found, INTENTS=declared)


def test_parts_are_there_only_once_it_is_composed() -> None:
    """Before the process starts there is no caller to use."""
    with pytest.raises(RuntimeError, match="not composed yet"):
        _ = Service().caller


def test_what_comes_through_the_door_is_unproven() -> None:
    """Whatever a route says on behalf of its client is marked so in every call that it makes, unless it was
    authenticated: a service need not think of it. What a service does by itself is its own word.
    """
    seen, found = [origin()], Service()

    async def door(_request: Request) -> Response:
        seen.append(origin())
        return Response()

    found.route(
        ApiOperation(
            method="get", path="/door", operation_id="door", summary="Open", description="", responses=()
        )
    )(door)
    client = AsgiClient(built(found))
    assert client.get("/door", headers={"x-myelin-deadline-ms": "1000"}).status_code == 200
    assert [one.proven for one in seen] == [True, False]
    assert seen[1].deadline is not None


def test_an_authenticated_client_proves_tenant_and_claims_and_nothing_else() -> None:
    """With CLIENTS the door's routes need a token, `/health` and the document do not; a call for another
    tenant than the token's is unproven, whoever asked the service for it. ZTN-1
    """
    seen, found, secrets = [], Service(), SecretsInMemory()
    secrets.rotate("arn:client-keys", "1", jwks())

    async def door(_request: Request) -> Response:
        seen.append(origin())
        return Response()

    found.route(
        ApiOperation(
            method="get", path="/door", operation_id="door", summary="Open", description="", responses=()
        )
    )(door)
    trusted = {"issuer": ISSUER, "audience": AUDIENCE, "keys": "arn:client-keys", "claims": ["plan"]}
    edges = Edges(secrets=secrets, http=NoHttp(), spans=NoExporter())
    client = AsgiClient(found.build({**ENVIRON, "CLIENTS": json.dumps(trusted)}, edges=edges))
    refused = client.get("/door")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="myelin"')
    assert client.get("/door", headers={"authorization": f"Bearer {fresh()}"}).status_code == 200
    assert (seen[0].tenant, seen[0].context, seen[0].proven) == ("acme", {"plan": "gold"}, True)
    assert seen[0].vouches_for(None, None)
    assert seen[0].vouches_for("acme", {"plan": "gold"})
    assert not seen[0].vouches_for("other", None)
    assert not seen[0].vouches_for(None, {})
    numbered = replace(seen[0], context={"level": 1, "plan": "gold"})
    assert numbered.vouches_for(None, {"plan": "gold", "level": 1})
    assert not numbered.vouches_for(None, {"plan": "gold", "level": True})
    assert not numbered.vouches_for(None, {"plan": object()})
    assert client.get("/health").json()["dependencies"]["client-keys"]["status"] == "ok"
    operation = client.get("/openapi.json").json()["paths"]["/door"]["get"]
    assert (operation["security"], set(operation["responses"])) == ([{"bearer": []}], {"401", "503"})


def test_an_identified_client_comes_in_for_its_tenant() -> None:
    """With CLIENT_IDENTITIES routes of the door need a proof that STS confirms; an endpoint reads the body
    that was proved; the document says so. ZTN-1
    """
    seen, found = [], Service()

    async def door(request: Request) -> Response:
        seen.append((origin(), await request.body()))
        return Response()

    found.route(
        ApiOperation(
            method="post", path="/door", operation_id="door", summary="Open", description="", responses=()
        )
    )(door)
    http = ScriptedHttp([HttpAnswer(status=200, body=fake_sts.answer(SHOP))])
    edges = Edges(secrets=SecretsInMemory(), http=http, spans=NoExporter())
    issuer = f"{SHOP.split(':')[4]}/eu-central-1/test"
    identified = {"CLIENT_IDENTITIES": '{"role/shop": "acme"}', "GRANT_ISSUER": issuer}
    client = AsgiClient(found.build({**ENVIRON, **identified}, edges=edges))
    assert client.post("/door", content=b"{}").status_code == 401
    bound = ClientRequest(audience=f"{issuer}/tested", method="POST", path="/door", query="", body=b"{}")
    proof = Prover(credentials=fake_sts.credentials_of(SHOP), region="eu-central-1", sts=fake_sts.URL).prove(
        bound
    )
    answer = client.post("/door", content=b"{}", headers={"x-myelin-identity": proof.encode()})
    assert answer.status_code == 200
    [(acting, body)] = seen
    assert (acting.tenant, acting.proven, acting.authenticated, body) == ("acme", True, True, b"{}")
    operation = client.get("/openapi.json").json()["paths"]["/door"]["post"]
    assert (operation["security"], set(operation["responses"])) == ([{"identity": []}], {"401", "503"})


def test_settings_are_those_of_the_environment_it_was_built_with() -> None:
    """Building it again reads them again."""
    found = service()
    built(found)
    built(found, MYELIN_VERSION="2.0")
    assert found.settings(RuntimeSettings).version == "2.0"
