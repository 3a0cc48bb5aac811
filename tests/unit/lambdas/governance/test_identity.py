"""The actor cannot be chosen by whoever may invoke the function. GOV-5"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.policies.identity import Prover
from lambdas.governance.identity import Identifier, sts_host
from policies.calls.changing.actors import People
from policies.calls.changing.errors import UnprovenActorError
from policies.calls.changing.identity_proof import BoundRequest
from policies.calls.store.errors import StoreUnreachableError
from tests.support.governance.admin_api import (
    ADA,
    BOB,
    FUNCTION,
    Api,
    Context,
    administered,
    first_version,
    proved,
    written,
)
from tests.support.governance.fake_sts import URL, answer, ask, credentials_of

REQUEST = BoundRequest(audience=FUNCTION, method="POST", path="/x", query={}, if_match=None, body="{}")
WANTED = {"change": {"kind": "delete", "id": "no-erase"}}
SESSION = "arn:aws:sts::123456789012:assumed-role/ada/{}"
STRANGER = "arn:aws:iam::123456789012:user/eve"


def identifier(**more: Any) -> Identifier:
    people = People({"Ada": ("user/ada",)})
    made = Identifier(host=sts_host(URL), region="us-east-1", people=people, ask=ask)
    return replace(made, **more)


def proof(request: BoundRequest = REQUEST, actor: str = ADA) -> str:
    return Prover(credentials=credentials_of(actor), region="us-east-1", sts=URL).prove(request).encode()


def test_who_signed_is_who_asks() -> None:
    """The identity and the person, and the nonce that is to be burnt."""
    found = identifier().identify(proof(), REQUEST)
    assert (found.identity, found.person, len(found.nonce or "")) == (ADA, "Ada", 32)
    assert identifier().identify(proof(actor=SESSION.format("x")), REQUEST).identity.endswith(":role/ada")


def test_a_proof_fits_its_request_alone() -> None:
    """For another request, region or host it is worth nothing, and an old one neither."""
    for other, request in (
        (identifier(), replace(REQUEST, body="{ }")),
        (identifier(host="sts.evil.example"), REQUEST),
        (identifier(region="eu-west-1"), REQUEST),
    ):
        with pytest.raises(UnprovenActorError, match="AWS does not accept"):
            other.identify(proof(), request)
    late = datetime.now(UTC) + timedelta(seconds=62)
    with pytest.raises(UnprovenActorError, match="it is of"):
        identifier(now=lambda: late).identify(proof(), REQUEST)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, b"", StoreUnreachableError),
        (302, answer(ADA), UnprovenActorError),
        (200, b"", UnprovenActorError),
        (200, b"<ListAllMyBucketsResult/>", UnprovenActorError),
        (200, b"<!DOCTYPE x []>" + answer(ADA), UnprovenActorError),
        (200, answer(ADA).replace(b"https://sts", b"https://s3"), UnprovenActorError),
        (200, answer(ADA).replace(b"</Arn>", b"</Arn><Arn>x</Arn>"), UnprovenActorError),
        (200, answer(ADA, "999999999999"), UnprovenActorError),
        (200, answer("arn:aws:iam::123456789012:root"), UnprovenActorError),
        (200, answer(ADA) + b" " * 20_000, UnprovenActorError),
    ],
)
def test_only_the_answer_of_sts_is_believed(status: int, body: bytes, error: type[Exception]) -> None:
    """Not a redirect, nor the answer of another service, nor a document type, nor two names."""

    def other(_headers: Mapping[str, str]) -> tuple[int, bytes]:
        return status, body

    with pytest.raises(error):
        identifier(ask=other).identify(proof(), REQUEST)


@pytest.fixture
def strict(dynamodb: Any, policy: Any) -> Api:
    """Where a second person has to approve; Ada and Bob are persons."""
    first_version(dynamodb, policy.sources().schema)
    return administered(POLICY_APPROVAL="true")


def code(answered: tuple[int, Any]) -> str:
    return str(answered[1].get("code", answered[0]))


def test_a_made_up_event_names_nobody(strict: Api) -> None:
    """A direct invoke: whom the event says that AWS has authenticated is not read, and a proof is needed."""
    event = {
        "rawPath": "/drafts",
        "headers": {},
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": BOB}}},
        "body": "{}",
    }
    assert json.loads(strict.handler(event, Context())["body"])["code"] == "unproven-actor"
    assert strict.handler(event, None)["statusCode"] == 500
    assert code(strict("POST", "/drafts", WANTED, proof="none")) == "unproven-actor"
    other = BOB.replace("123456789012", "9" * 12)
    assert code(strict("POST", "/drafts", WANTED, actor=other)) == "unproven-actor"


def test_one_person_can_not_agree_with_herself(strict: Api) -> None:
    """As another session, as another of her identities, or as one that stands for nobody."""
    draft = strict("POST", "/drafts", WANTED, actor=SESSION.format("one"))[1]
    path = f"/drafts/{draft['id']}/activate"
    assert (draft["author"], draft["person"]) == ("arn:aws:iam::123456789012:role/ada", "Ada")
    for actor in (SESSION.format("two"), ADA, STRANGER):
        assert code(strict("POST", path, actor=actor)) == "same-actor"
    assert code(strict("POST", "/drafts", WANTED, actor=STRANGER)) == "same-actor"
    assert code(strict("POST", "/rollback", {"to": "0" * 64}, actor=STRANGER)) == "same-actor"
    assert strict("POST", path, actor=BOB)[0] == 200


def test_a_request_is_made_once(strict: Api, dynamodb: Any) -> None:
    """A change that is sent again with its proof is refused, and nothing is written."""
    text = json.dumps({"change": {"kind": "put", "id": "x", "text": written("x")}})
    header = proved("POST", "/drafts", text, {}, None, ADA)
    assert strict("POST", "/drafts", text, proof=header)[0] == 201
    for again in (text, f"{text} "):
        assert code(strict("POST", "/drafts", again, proof=header)) == "unproven-actor"
    assert len(strict("GET", "/drafts")[1]["drafts"]) == 1
    items = dynamodb.scan(TableName="policies")["Items"]
    (used,) = [item for item in items if item["pk"]["S"].startswith("nonce#")]
    assert int(used["expires_at"]["N"]) > datetime.now(UTC).timestamp()
