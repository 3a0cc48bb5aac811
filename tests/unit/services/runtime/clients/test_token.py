"""A client's token, and everything that is none."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from services.runtime.clients.client_keys import read_client_keys
from services.runtime.clients.doorkeeper import Client
from services.runtime.clients.token import (
    LEEWAY_SECONDS,
    TokenFault,
    TokenRefused,
    TrustedIssuer,
    read_token,
)
from tests.support.effort import effort
from tests.support.wire.tokens import (
    AUDIENCE,
    ISSUER,
    KINDS,
    NOW,
    claims,
    jwks,
    key,
    public,
    segment,
    token,
)

TRUSTED = TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, tenant_claim="tenant", claims=("plan", "region"))
KEYS = read_client_keys(jwks(public(), public("rsa", "RS256")))
GOOD = token()


def read(text: str, *, now: float = NOW) -> Client | TokenRefused:
    return read_token(text, KEYS, TRUSTED, now=now)


def fault(text: str, *, now: float = NOW) -> TokenFault | None:
    found = read(text, now=now)
    return found.fault if isinstance(found, TokenRefused) else None


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_good_token_says_who_and_for_which_tenant(algorithm: str) -> None:
    """Of its claims, those go on that the service names. With every kind of key."""
    keys = read_client_keys(jwks(public("a", algorithm)))
    found = read_token(token(name="a", algorithm=algorithm), keys, TRUSTED, now=NOW)
    assert found == Client(subject="ada", tenant="acme", claims={"plan": "gold"})


def test_a_token_without_a_tenant_is_for_none() -> None:
    """It is a client all the same."""
    assert read(token(claims(tenant=None))) == Client(subject="ada", tenant=None, claims={"plan": "gold"})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"iss": "https://other.example"}, TokenFault.CLAIM),
        ({"iss": ISSUER + "/"}, TokenFault.CLAIM),
        ({"iss": [ISSUER]}, TokenFault.CLAIM),
        ({"iss": None}, TokenFault.CLAIM),
        ({"aud": "axon"}, TokenFault.CLAIM),
        ({"aud": ["axon", "ORBIT"]}, TokenFault.CLAIM),
        ({"aud": {"orbit": True}}, TokenFault.CLAIM),
        ({"aud": []}, TokenFault.CLAIM),
        ({"aud": None}, TokenFault.CLAIM),
        ({"sub": None}, TokenFault.CLAIM),
        ({"sub": ""}, TokenFault.CLAIM),
        ({"exp": None}, TokenFault.CLAIM),
        ({"exp": NOW - LEEWAY_SECONDS}, TokenFault.EXPIRED),
        ({"exp": "tomorrow"}, TokenFault.CLAIM),
        ({"exp": True}, TokenFault.CLAIM),
        ({"exp": float("nan")}, TokenFault.CLAIM),
        ({"exp": float("inf")}, TokenFault.CLAIM),
        ({"nbf": NOW + LEEWAY_SECONDS + 1}, TokenFault.CLAIM),
        ({"iat": NOW + LEEWAY_SECONDS + 1}, TokenFault.CLAIM),
        ({"tenant": ""}, TokenFault.TENANT),
        ({"tenant": 7}, TokenFault.TENANT),
        ({"tenant": ["acme"]}, TokenFault.TENANT),
        ({"tenant": "acme\r\nx: y"}, TokenFault.TENANT),
        ({"tenant": "a" * 129}, TokenFault.TENANT),
        ({"aud": ["axon", AUDIENCE]}, None),
        ({"nbf": NOW + LEEWAY_SECONDS}, None),
        ({"exp": NOW - LEEWAY_SECONDS + 1}, None),
    ],
)
def test_claims_are_what_is_trusted(changed: dict[str, Any], expected: TokenFault | None) -> None:
    """Another issuer or audience, no end, an end that came, a beginning to come, a tenant that is no name."""
    assert fault(token(claims(**changed))) == expected


def confused() -> str:
    """A token whose HMAC is made with a public key, as if that were a secret both sides share."""
    signed = f"{segment({'alg': 'HS256', 'kid': 'rsa', 'typ': 'JWT'})}.{segment(claims())}"
    public_key = key("rsa", "RS256")
    assert isinstance(public_key, RSAKey)
    shared = public_key.as_pem(private=False)
    made = hmac.new(shared, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (confused(), TokenFault.ALGORITHM),
        (f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims())}.", TokenFault.MALFORMED),
        (f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims())}.AA", TokenFault.ALGORITHM),
        (f"{segment({'alg': 'None', 'kid': 'one'})}.{segment(claims())}.AA", TokenFault.ALGORITHM),
        (f"{segment({'alg': ['ES256'], 'kid': 'one'})}.{segment(claims())}.AA", TokenFault.MALFORMED),
        (token(name="rsa", algorithm="RS256", header={"kid": "one"}), TokenFault.ALGORITHM),
        (token(name="two"), TokenFault.UNKNOWN_KEY),
        (token(name="two", header={"kid": "one"}), TokenFault.SIGNATURE),
        (token(header={"jwk": public("two")}, name="two"), TokenFault.UNKNOWN_KEY),
        (token(header={"kid": "one", "typ": "myelin-grant+jwt"}), TokenFault.MALFORMED),
        (f"{segment({'alg': 'ES256'})}.{segment(claims())}.AA", TokenFault.MALFORMED),
        (
            f"{segment({'alg': 'ES256', 'kid': 'one', 'crit': []})}.{segment(claims())}.AA",
            TokenFault.MALFORMED,
        ),
        (f"{segment([1])}.{segment(claims())}.AA", TokenFault.MALFORMED),
        (f"{GOOD}.AA.AA", TokenFault.MALFORMED),
        (f"{GOOD}=", TokenFault.MALFORMED),
        (f"{GOOD}\n", TokenFault.MALFORMED),
        (GOOD.rpartition(".")[0], TokenFault.MALFORMED),
        (GOOD.rpartition(".")[0] + ".", TokenFault.MALFORMED),
        ("", TokenFault.MALFORMED),
        ("e" * 9000, TokenFault.MALFORMED),
    ],
    ids=lambda value: "" if isinstance(value, str) else value.value,
)
def test_what_is_no_token_of_the_issuer_is_refused(text: str, expected: TokenFault) -> None:
    """The token chooses neither its algorithm nor its key: a public key as a secret, none, a key that it
    brings along, one of another name or kind; and whatever has another form.
    """
    assert fault(text) == expected


@given(place=st.integers(min_value=0, max_value=len(GOOD) - 1), character=st.sampled_from("Aa0_-.="))
@settings(max_examples=effort(200, quick=60), deadline=None)
def test_no_changed_token_says_anything_else(place: int, character: str) -> None:
    """Whatever character is another one: refused, or the same client (base64 has unused bits)."""
    found = read(GOOD[:place] + character + GOOD[place + 1 :])
    assert isinstance(found, TokenRefused) or found == read(GOOD)
