"""What governance signs: the hash of a question, the claims, the key. GOV-4."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OKPKey

from policies.calls.granting.errors import GrantError
from policies.calls.granting.grant import TIMED_SECONDS, Grant, lifetime, sign_grant
from policies.calls.granting.keys import GrantKey, make_key, read_key
from policies.calls.granting.question import question_hash
from tests.support.wire.vectors import JWK, SECRET, VECTORS, Vector

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def grant_of(vector: Vector) -> Grant:
    claims = vector.claims
    return Grant(
        issuer=claims["iss"],
        caller=claims["sub"],
        callee=claims["aud"],
        intent=claims["int"],
        tenant=claims.get("ten"),
        question_hash=claims["qh"],
        policy_version=claims["pv"],
        decision_id=claims["jti"],
        issued_at=claims["iat"],
        expires_at=claims["exp"],
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_questions_hash_to_the_published_values(vector: Vector) -> None:
    """The hash of each published question is the published one (docs/wire.md)."""
    assert question_hash(**vector.asked()) == vector.question_hash


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_grants_are_the_published_bytes(vector: Vector) -> None:
    """Ed25519 is deterministic: the same claims under the same key are the same token."""
    assert sign_grant(grant_of(vector), read_key(SECRET)) == vector.token


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", [["\udfff"]], {"n": 2**63}])
def test_attributes_without_one_spelling_are_refused(value: object) -> None:
    """What JSON parsers read differently has no hash."""
    with pytest.raises(GrantError, match="cannot be hashed"):
        question_hash(
            caller="a", callee="b", intent="c", tenant=None, attributes={"value": value}, unproven=False
        )


def test_absent_empty_and_unproven_are_different_questions() -> None:
    """No attributes, none of the declared ones, no tenant, an empty tenant: each has a hash of its own."""
    declared: tuple[dict[str, Any] | None, ...] = (None, {})
    asked: list[dict[str, Any]] = [
        {"tenant": tenant, "attributes": attributes, "unproven": unproven}
        for tenant in (None, "")
        for attributes in declared
        for unproven in (False, True)
    ]
    hashes = {question_hash(caller="a", callee="b", intent="c", **each) for each in asked}
    assert len(hashes) == len(asked)


def test_another_library_verifies_the_grants() -> None:
    """joserfc, which shares no code with ours, takes a grant of a new key by its published public half."""
    key = make_key()
    token = sign_grant(grant_of(VECTORS[1]), key)
    decoded = jwt.decode(token, OKPKey.import_key({**key.public_jwk()}), algorithms=["Ed25519"])
    assert decoded.claims == VECTORS[1].claims
    assert decoded.header == {"alg": "Ed25519", "kid": key.kid, "typ": "myelin-grant+jwt"}


def test_a_key_is_read_back_from_its_secret() -> None:
    """A key's secret and its public half are those of the published key, and survive being written."""
    key = read_key(SECRET)
    assert key.public_jwk() == JWK
    again = read_key(key.secret())
    assert (again.kid, again.header) == (key.kid, key.header)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"kid": "x", "d": "AA"}',
        SECRET.replace('"kid": "1', '"kid": "2'),
        '{"kid": 1, "d": 2}',
    ],
)
def test_a_broken_secret_is_named_and_never_shown(secret: str) -> None:
    """The message says that the key cannot be read, and repeats nothing of the secret."""
    with pytest.raises(GrantError) as refused:
        read_key(secret)
    assert refused.value.message.startswith("the signing key of grants cannot be read: ")
    assert refused.value.__context__ is None
    assert json.loads(SECRET)["d"] not in repr(refused.value)


def test_a_key_does_not_print_itself() -> None:
    """The private half is not in the representation of a key."""
    assert repr(read_key(SECRET)) == f"GrantKey(kid='{JWK['kid']}')"


@given(
    age=st.floats(min_value=0, max_value=120),
    bound=st.floats(min_value=1, max_value=60),
    timed=st.booleans(),
    offset=st.floats(min_value=0, max_value=1),
)
def test_a_grant_ends_within_the_bound_of_its_version(
    age: float, bound: float, timed: bool, offset: float
) -> None:
    """A grant never outlives the moment at which its version was confirmed by more than the bound. GOV-4"""
    now = NOW + timedelta(seconds=offset)
    confirmed = now - timedelta(seconds=age)
    times = lifetime(now=now, confirmed=confirmed, bound_seconds=bound, looks_at_time=timed)
    if times is None:
        return
    issued, expires = times
    assert issued < expires <= confirmed.timestamp() + bound + 1e-6
    assert expires - issued <= bound
    if timed:
        assert expires <= now.timestamp() + TIMED_SECONDS


def test_a_version_confirmed_too_long_ago_gives_no_grant() -> None:
    """When the bound is over there is nothing left to grant."""
    confirmed = NOW - timedelta(seconds=30)
    assert lifetime(now=NOW, confirmed=confirmed, bound_seconds=30, looks_at_time=False) is None


def test_keys_are_made_at_random() -> None:
    """No two keys are the same, and a key's header names it."""
    keys: list[GrantKey] = [make_key() for _ in range(5)]
    assert len({key.kid for key in keys}) == len({key.header for key in keys}) == 5
