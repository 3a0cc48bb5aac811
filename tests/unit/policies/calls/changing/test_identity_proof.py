"""The proof of identity: what it is bound to, and what is not read as one."""

from __future__ import annotations

import base64
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.calls.changing.errors import UnprovenActorError
from policies.calls.changing.identity_proof import (
    MAX_BYTES,
    VALID,
    BoundRequest,
    IdentityProof,
    read_proof,
)
from policies.calls.trail.chain import canonical_json

PROOF = IdentityProof(
    key="AKIA0000000000000000", date="20261127T120000Z", token="", signature="a" * 64, nonce="b" * 32
)
REQUEST = BoundRequest(
    audience="arn:aws:lambda:us-east-1:123456789012:function:admin",
    method="PUT",
    path="/policies/x",
    query={"note": "n"},
    if_match="v1",
    body="{}",
)


def test_every_part_of_a_request_is_bound() -> None:
    """Another function, method, path, query, version, body or nonce has another digest. GOV-5"""
    others = [
        replace(REQUEST, audience=f"{REQUEST.audience}-2"),
        replace(REQUEST, method="DELETE"),
        replace(REQUEST, path="/policies/y"),
        replace(REQUEST, query={"note": "m"}),
        replace(REQUEST, query={"note": "n", "more": ""}),
        replace(REQUEST, if_match=None),
        replace(REQUEST, if_match=""),
        replace(REQUEST, body="{ }"),
    ]
    digests = {other.digest(PROOF.nonce) for other in others}
    assert len(digests | {REQUEST.digest(PROOF.nonce), REQUEST.digest("c" * 32)}) == len(others) + 2


def test_what_is_written_is_read() -> None:
    """With and without the token of a session, which is then signed, too."""
    for proof in (PROOF, replace(PROOF, token="FwoGZXIvYXdzEA+/=")):
        assert read_proof(proof.encode()) == proof
        headers = proof.sts_headers(host="sts.example", region="us-east-1", request=REQUEST)
        assert ("x-amz-security-token" in headers) is bool(proof.token)
        assert ("x-amz-security-token" in headers["authorization"]) is bool(proof.token)


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "AKIA/20261127"},
        {"key": ""},
        {"date": "20261127T120000Z\r\nhost: evil"},
        {"date": "2026-11-27"},
        {"token": "a b"},
        {"token": "a\r\nx: y"},
        {"signature": "A" * 64},
        {"signature": "a" * 64 + ", x"},
        {"nonce": "b" * 31},
        {"more": "x"},
        {"key": 7},
        {"key": None},
    ],
)
def test_no_part_can_carry_anything_else(changed: dict[str, object]) -> None:
    """No line break, no second field: the function builds the request to STS, not the caller."""
    text = canonical_json({**asdict(PROOF), **changed})
    with pytest.raises(UnprovenActorError):
        read_proof(base64.urlsafe_b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    "header", [None, "", "?", "bnVsbA==", "W10=", f"{PROOF.encode()}\n", "a" * (MAX_BYTES + 1)]
)
def test_what_is_no_proof_is_none(header: str | None) -> None:
    """Absent, not base64, not an object, another spelling, too long."""
    with pytest.raises(UnprovenActorError):
        read_proof(header)


def test_a_proof_is_of_now() -> None:
    """A minute before and after at most: STS itself would take a quarter of an hour."""
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    for now in (at - VALID, at + VALID):
        PROOF.require_fresh(now)
    for now in (at - VALID - timedelta(seconds=1), at + VALID + timedelta(seconds=1)):
        with pytest.raises(UnprovenActorError, match="it is of 12:00:00 UTC"):
            PROOF.require_fresh(now)
    with pytest.raises(UnprovenActorError, match="its date is none"):
        replace(PROOF, date="20269999T120000Z").require_fresh(at)
