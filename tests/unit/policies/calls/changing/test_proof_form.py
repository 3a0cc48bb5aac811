"""The form of a proof and of the identity that comes of it, letter for letter: both ends have to agree on it.

The request to STS is what botocore signs, and its hash is what the client writes into the signed header.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from policies.calls.changing.actors import People, identity_of, read_people
from policies.calls.changing.errors import UnprovenActorError
from policies.calls.changing.identity_proof import (
    MAX_BYTES,
    PROOF_HEADER,
    REQUEST_HEADER,
    STS_BODY,
    STS_TYPE,
    VALID,
    BoundRequest,
    IdentityProof,
    read_proof,
)

REQUEST = BoundRequest(
    audience="arn:f", method="PUT", path="/policies/a", query={"b": "1"}, if_match='"v"', body="{}"
)
PROOF = IdentityProof(key="A" * 20, date="20260105T120000Z", token="", signature="0" * 64, nonce="1" * 32)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
NO_PERSON = "it is of an identity that is neither a user nor a role"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(UnprovenActorError) as caught:
        call()
    return caught.value.message.removeprefix("the proof of identity does not hold: ")


def test_what_is_fixed() -> None:
    """Names, and the one thing that is asked of STS; a minute; eight kilobytes."""
    assert (PROOF_HEADER, REQUEST_HEADER) == ("x-myelin-identity", "x-myelin-request")
    assert STS_BODY == "Action=GetCallerIdentity&Version=2011-06-15"
    assert STS_TYPE == "application/x-www-form-urlencoded; charset=utf-8"
    assert (timedelta(seconds=60), 8192) == (VALID, MAX_BYTES)


def test_the_digest_of_a_request() -> None:
    """Of a name and version of the form, and canonical JSON in which the body is a hash."""
    body = hashlib.sha256(b"{}").hexdigest()
    fields = {
        "audience": "arn:f",
        "body": body,
        "if_match": '"v"',
        "method": "PUT",
        "nonce": "n",
        "path": "/policies/a",
        "query": {"b": "1"},
    }
    text = "myelin-request-1\n" + json.dumps(fields, sort_keys=True, separators=(",", ":"))
    assert REQUEST.digest("n") == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("token", ["", "session"])
def test_the_request_to_sts(token: str) -> None:
    """Nothing of it is the caller's but key, date, token and signature."""
    proof = replace(PROOF, token=token)
    more = {"x-amz-security-token": token} if token else {}
    names = ["content-type", "host", "x-amz-date", *more, "x-myelin-request"]
    assert proof.sts_headers(host="sts.example", region="eu-central-1", request=REQUEST) == {
        "content-type": STS_TYPE,
        "host": "sts.example",
        "x-amz-date": "20260105T120000Z",
        **more,
        "x-myelin-request": REQUEST.digest("1" * 32),
        "authorization": f"AWS4-HMAC-SHA256 Credential={'A' * 20}/20260105/eu-central-1/sts/aws4_request, "
        f"SignedHeaders={';'.join(names)}, Signature={'0' * 64}",
    }


def test_how_old_a_proof_may_be() -> None:
    """A minute either way, and no moment more; a date that there is not is none."""
    moment = timedelta(microseconds=1)
    for way in (1, -1):
        PROOF.require_fresh(NOON + way * VALID)
        said = refused(partial(PROOF.require_fresh, NOON + way * (VALID + moment)))
        assert "it is of 12:00:00 UTC, and here it is 1" in said
    assert refused(lambda: replace(PROOF, date="20261305T120000Z").require_fresh(NOON)) == "its date is none"


def test_a_proof_has_one_spelling() -> None:
    """URL-safe base64 of canonical JSON; whatever else decodes to the same is refused."""
    token = replace(PROOF, token="+/" * 40)
    header = token.encode()
    assert read_proof(header) == token
    spellings = [
        header + "\n",
        header.rstrip("="),
        f"*{header}",
        header.replace("-", "+").replace("_", "/") if "-" in header or "_" in header else f"{header} ",
        base64.urlsafe_b64encode(
            json.dumps({**json.loads(base64.urlsafe_b64decode(header))}).encode()
        ).decode(),
    ]
    for spelling in spellings:
        assert refused(partial(read_proof, spelling)) == "it is not readable"
    for nothing in (None, ""):
        assert refused(partial(read_proof, nothing)) == "there is none"
    assert refused(lambda: read_proof("A" * (MAX_BYTES + 1))) == "it is not readable"
    assert refused(lambda: read_proof("{}")) == "it is not readable"
    assert refused(lambda: read_proof(replace(PROOF, nonce="x").encode())) == "it is not readable"


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        ("arn:aws:iam::111122223333:root", NO_PERSON),
        ("arn:aws:sts::111122223333:federated-user/a", NO_PERSON),
        ("arn:aws:sts::111122223333:user/a", NO_PERSON),
        ("arn:aws:iam::111122223333:assumed-role/a/b", NO_PERSON),
        ("arn:aws:sts::111122223333:assumed-role/a", NO_PERSON),
        ("arn:aws:sts::111122223333:assumed-role/a/", NO_PERSON),
        ("arn:aws:sts::111122223333:assumed-role/a/b/c", NO_PERSON),
        ("arn:aws:iam::999988887777:user/a", "it is of another account"),
        ("arn:aws:sts::999988887777:assumed-role/a/b", "it is of another account"),
    ],
)
def test_who_is_nobody(arn: str, why: str) -> None:
    """Root, federated users, other accounts, and what only looks like a user or a session."""
    assert why == refused(lambda: identity_of(arn, ACCOUNT))


def test_names_are_read_after_the_fifth_colon() -> None:
    """Of users and roles, in every partition; an identity that the setting does not name is nobody."""
    people = read_people('{"ada": ["user/ada", "role/admin"]}')
    assert people == People({"ada": ("user/ada", "role/admin")})
    role = identity_of("arn:aws-cn:sts::111122223333:assumed-role/admin/session-1", ACCOUNT)
    assert role == "arn:aws-cn:iam::111122223333:role/admin"
    assert people.person_of(role) == "ada"
    assert people.person_of(identity_of("arn:aws:iam::111122223333:user/ada", ACCOUNT)) == "ada"
    assert people.person_of("arn:aws:iam::111122223333:user/eve") is None
    assert read_people("") == People({})
