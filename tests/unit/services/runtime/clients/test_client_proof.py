"""The proof of a client's IAM identity: what it is bound to, its one form, and what of STS is believed."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from cli.policies.identity import Prover
from policies.calls.changing.identity_proof import BoundRequest
from services.runtime.clients.client_proof import (
    ClientProof,
    ClientRequest,
    read_identity,
    read_proof,
)
from tests.support.governance import fake_sts

ADA = "arn:aws:iam::111122223333:user/ada"
REQUEST = ClientRequest(
    audience="111122223333/us-east-1/dev/orbit", method="POST", path="/dispatch", query="a=b", body=b"{}"
)
PROOF = ClientProof(
    key="AKIAIOSFODNN7EXAMPLE", date="20261128T070000Z", token="", signature="a" * 64, nonce="b" * 32
)
"""In its form; nobody has signed it."""


def told(header_of: ClientRequest, token: str | None = None) -> int:
    """What STS answers to a proof that was signed for REQUEST, as a service sends it for another request."""
    prover = Prover(credentials=fake_sts.credentials_of(ADA, token), region="us-east-1", sts=fake_sts.URL)
    proof = read_proof(prover.prove(REQUEST).encode())
    assert proof is not None
    status, _ = fake_sts.ask(
        proof.sts_headers(host="sts.us-east-1.amazonaws.com", region="us-east-1", request=header_of)
    )
    return status


@pytest.mark.parametrize("token", [None, "a-session-token"])
def test_it_fits_one_request_and_no_other(token: str | None) -> None:
    """STS, whose signatures botocore makes here, confirms it for just this service, method, path, query and
    body. ZTN-1
    """
    others: list[dict[str, Any]] = [
        {"audience": "111122223333/us-east-1/dev/axon"},
        {"method": "PUT"},
        {"path": "/dispatch/"},
        {"query": ""},
        {"body": b"[]"},
    ]
    assert told(REQUEST, token) == 200
    assert [told(replace(REQUEST, **other), token) for other in others] == [403] * len(others)


def test_it_is_no_proof_for_a_change_of_policies() -> None:
    """Nor the other way round: what is signed differs for every request."""
    change = BoundRequest(
        audience=REQUEST.audience, method="POST", path="/dispatch", query={}, if_match=None, body="{}"
    )
    assert change.digest("n") != replace(REQUEST, query="").digest("n")


def encoded(fields: Any) -> str:
    return base64.urlsafe_b64encode(
        json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
    ).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        encoded([]),
        encoded({}),
        encoded({**asdict(PROOF), "host": "evil"}),
        encoded({**asdict(PROOF), "key": 7}),
        *(
            encoded({**asdict(PROOF), name: value})
            for name, value in (
                ("key", "AKIA\r\nhost: evil"),
                ("date", "20261128T070000Z\n"),
                ("token", "x" * 5000),
                ("signature", "A" * 64),
                ("nonce", ""),
            )
        ),
        PROOF.encode() + "\n",
        PROOF.encode().rstrip("=") + "====",
        base64.urlsafe_b64encode(json.dumps(asdict(PROOF)).encode()).decode(),
        "e" * 9000,
        encoded("[" * 4000),
    ],
)
def test_there_is_one_form(text: str) -> None:
    """Nothing of a client's shape comes into the request to STS."""
    assert read_proof(text) is None


def test_its_form_is_read() -> None:
    """As it was written; a date that there is not has no moment."""
    assert read_proof(PROOF.encode()) == PROOF
    assert PROOF.signed_at() == 1795849200
    assert replace(PROOF, date="20261399T070000Z").signed_at() is None


@pytest.mark.parametrize(
    ("arn", "identity"),
    [
        (ADA, "user/ada"),
        ("arn:aws:iam::111122223333:user/team/ada", "user/team/ada"),
        ("arn:aws:sts::111122223333:assumed-role/shop/session-1", "role/shop"),
        ("arn:aws-cn:sts::111122223333:assumed-role/shop/i-1", "role/shop"),
        ("arn:aws:iam::111122223333:root", None),
        ("arn:aws:sts::111122223333:federated-user/ada", None),
        ("arn:aws:sts::111122223333:user/ada", None),
        ("arn:aws:sts::111122223333:assumed-role/shop", None),
        ("arn:aws:sts::111122223333:assumed-role/a/b/c", None),
    ],
)
def test_an_identity_is_a_user_or_a_role(arn: str, identity: str | None) -> None:
    """A session is its role."""
    found = read_identity(fake_sts.answer(arn))
    assert found == (None if identity is None else ("111122223333", identity))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html/>",
        b"x" * 20_000,
        fake_sts.answer(ADA, account="999999999999"),
        b"<!DOCTYPE x>" + fake_sts.answer(ADA),
        fake_sts.answer(ADA).replace(b"</Arn>", b"</Arn><Arn>x</Arn>"),
        fake_sts.answer(ADA).replace(b"https://sts.amazonaws.com", b"https://elsewhere.example"),
    ],
)
def test_what_is_not_an_answer_of_sts_names_nobody(answer: bytes) -> None:
    """CVE-2020-16250 came of answers that were read leniently."""
    assert read_identity(answer) is None
