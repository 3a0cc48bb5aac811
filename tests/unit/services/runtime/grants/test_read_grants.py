"""What a callee makes of grants: everything but the very grant for this call, now, is refused. GOV-4."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.grants.grant import (
    CLOCK_SECONDS,
    Expected,
    GrantReason,
    GrantRefused,
    VerifiedGrant,
    read_grant,
)
from services.runtime.grants.key_set import read_key_set
from services.runtime.grants.question import question_hash
from tests.support.wire.vectors import KEY_SET, SECRET, VECTORS, Vector

KEYS = {header: key.public for header, key in read_key_set(KEY_SET).items()}
PLAIN = VECTORS[1]
NOW = 1795600010.0


def expected_of(vector: Vector) -> Expected:
    claims = vector.claims
    return Expected(
        issuer=claims["iss"],
        caller=claims["sub"],
        callee=claims["aud"],
        intent=claims["int"],
        tenant=claims.get("ten"),
        bound_seconds=30,
    )


def signed(header: str | None = None, **changes: Any) -> str:
    """The plain vector's grant with other claims; None leaves a claim out. Signed with the real key."""
    claims = {k: v for k, v in {**PLAIN.claims, **changes}.items() if v is not None}
    return sealed(json.dumps(claims).encode(), header)


def sealed(payload: bytes, header: str | None = None) -> str:
    seed = base64.urlsafe_b64decode(json.loads(SECRET)["d"] + "=")
    first = header or PLAIN.token.split(".")[0]
    text = f"{first}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def reason(*tokens: str, now: float = NOW, **changes: Any) -> GrantReason | None:
    found = read_grant(tokens, KEYS, replace(expected_of(PLAIN), **changes), now=now)
    return found.reason if isinstance(found, GrantRefused) else None


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_published_grants_are_taken_for_their_calls(vector: Vector) -> None:
    """Each published grant admits the call that it is for, by the hash that the callee computes itself."""
    grant = read_grant((vector.token,), KEYS, expected_of(vector), now=NOW)
    assert isinstance(grant, VerifiedGrant)
    assert grant.holds(question_hash(**vector.asked()), now=NOW) is None
    assert (grant.policy_version, grant.decision_id) == (vector.claims["pv"], vector.claims["jti"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "123456789012/eu-central-1/dev"}, GrantReason.OTHER_ISSUER),
        ({"caller": "ledger"}, GrantReason.OTHER_CALLER),
        ({"callee": "ledger"}, GrantReason.OTHER_CALLEE),
        ({"intent": "erase"}, GrantReason.OTHER_INTENT),
        ({"tenant": None}, GrantReason.OTHER_TENANT),
        ({"tenant": "other"}, GrantReason.OTHER_TENANT),
        ({"tenant": ""}, GrantReason.OTHER_TENANT),
        ({"bound_seconds": 29}, GrantReason.TOO_LONG),
    ],
)
def test_a_grant_for_another_call_is_refused(changes: dict[str, Any], why: GrantReason) -> None:
    """Another environment's, caller's, callee's, intent's, tenant's grant, or one that lives too long."""
    assert reason(PLAIN.token, **changes) is why


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (1795600000 - CLOCK_SECONDS - 0.001, GrantReason.NOT_YET_VALID),
        (1795600000 - CLOCK_SECONDS, None),
        (1795600029.999, None),
        (1795600030.0, GrantReason.EXPIRED),
    ],
)
def test_a_grant_is_good_for_its_time_only(now: float, why: GrantReason | None) -> None:
    """From five seconds before it was issued, for the difference of clocks, to the moment it expires."""
    assert reason(PLAIN.token, now=now) is why


def test_time_is_looked_at_again_after_the_body() -> None:
    """A request that is held open until its grant is over is not admitted."""
    grant = read_grant((PLAIN.token,), KEYS, expected_of(PLAIN), now=NOW)
    assert isinstance(grant, VerifiedGrant)
    late = grant.holds(PLAIN.question_hash, now=1795600030.0)
    assert late is not None
    assert late.reason is GrantReason.EXPIRED


def test_a_changed_question_is_refused() -> None:
    """What the callee computes of the request decides; another payload is another question."""
    grant = read_grant((PLAIN.token,), KEYS, expected_of(PLAIN), now=NOW)
    assert isinstance(grant, VerifiedGrant)
    for vector in VECTORS:
        other = grant.holds(vector.question_hash, now=NOW)
        assert (other is None) == (vector is PLAIN)
        assert other is None or other.reason is GrantReason.OTHER_QUESTION


@pytest.mark.parametrize(
    "tokens", [(), (PLAIN.token, PLAIN.token), ("",), ("a.b",), ("a.b.c.d",), (PLAIN.token + "=",)]
)
def test_anything_but_one_compact_grant_is_refused(tokens: tuple[str, ...]) -> None:
    """None, two, or something of another form."""
    assert reason(*tokens) in (GrantReason.MISSING, GrantReason.MALFORMED)


def test_a_signature_has_one_spelling() -> None:
    """The last character of a signature carries unused bits: the fifteen other spellings are refused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    taken = [letter for letter in alphabet if reason(PLAIN.token[:-1] + letter) is None]
    assert taken == [PLAIN.token[-1]]


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "myelin-grant+jwt"},
        {"alg": "HS256", "kid": "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y", "typ": "myelin-grant+jwt"},
        {"alg": "Ed25519", "jku": "https://evil.example/keys", "typ": "myelin-grant+jwt"},
        {"alg": "Ed25519", "kid": "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y", "typ": "JWT"},
        {"crit": ["b64"], "alg": "Ed25519", "kid": "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"},
    ],
)
def test_only_the_very_header_of_a_known_key_is_taken(header: dict[str, Any]) -> None:
    """No header is parsed, so none can choose an algorithm or a key; the signature over it is real here."""
    text = json.dumps(header, separators=(",", ":")).encode()
    segment = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    assert reason(signed(header=segment)) is GrantReason.UNKNOWN_KEY


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"iat": None},
        {"qh": None},
        {"exp": "1795600030"},
        {"exp": 1795600030.0},
        {"iat": True},
        {"sub": ["orbit"]},
        {"ten": 5},
        {"ten": ["acme"]},
        {"nbf": 1},
    ],
)
def test_claims_of_another_shape_are_refused(changes: dict[str, Any]) -> None:
    """Missing, foreign or mistyped claims are no grant, even under governance's own signature."""
    assert reason(signed(**changes)) is GrantReason.MALFORMED


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 1000])
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    """Whatever was signed, it has to be the claims."""
    assert reason(sealed(payload)) is GrantReason.MALFORMED


def test_a_grant_that_is_too_large_is_refused() -> None:
    """2 KiB is the bound, however well it is signed."""
    assert reason(signed(pv="x" * 2000)) is GrantReason.MALFORMED


@given(data=st.data())
def test_no_changed_character_passes(data: st.DataObject) -> None:
    """A grant with any one character changed is refused. GOV-4"""
    at = data.draw(st.integers(0, len(PLAIN.token) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda one: one != PLAIN.token[at]))
    assert reason(PLAIN.token[:at] + letter + PLAIN.token[at + 1 :]) is not None


@given(
    token=st.text(max_size=300)
    | st.from_regex(r"[A-Za-z0-9_-]{0,80}(\.[A-Za-z0-9_-]{0,80}){2}", fullmatch=True)
)
def test_made_up_grants_are_refused(token: str) -> None:
    """No text is taken for a grant but one that governance signed."""
    assert reason(token) is not None
