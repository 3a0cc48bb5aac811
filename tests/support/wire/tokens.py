"""An issuer of the tokens of clients, for tests."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any

from joserfc import jwk, jwt

ISSUER = "https://login.example"
AUDIENCE = "orbit"
NOW = 1_900_000_000
KINDS: dict[str, tuple[str, Any]] = {
    "RS256": ("RSA", 2048),
    "PS384": ("RSA", 2048),
    "ES256": ("EC", "P-256"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}


@cache
def key(name: str = "one", algorithm: str = "ES256") -> jwk.Key:
    """A private key of the kind that an algorithm needs."""
    kind, size = KINDS[algorithm]
    makers: dict[str, Any] = {"RSA": jwk.RSAKey, "EC": jwk.ECKey, "OKP": jwk.OKPKey}
    made: jwk.Key = makers[kind].generate_key(size, {"kid": name}, private=True)
    return made


def jwks(*entries: dict[str, Any]) -> str:
    """A JWK Set of these entries, by default of the one key."""
    return json.dumps({"keys": list(entries) or [public()]})


def public(name: str = "one", algorithm: str = "ES256", **more: Any) -> dict[str, Any]:
    """A key's entry in the set."""
    return {**key(name, algorithm).as_dict(private=False), "kid": name, **more}


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good token; None leaves one out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "iat": NOW - 10,
        "exp": NOW + 300,
        "tenant": "acme",
        "plan": "gold",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(
    content: dict[str, Any] | None = None,
    *,
    name: str = "one",
    algorithm: str = "ES256",
    header: dict[str, Any] | None = None,
) -> str:
    """A signed token."""
    head = {"alg": algorithm, "kid": name, **(header or {})}
    return jwt.encode(head, content or claims(), key(name, algorithm), algorithms=[algorithm])


def fresh(**changed: Any) -> str:
    """A good token by this machine's clock."""
    now = int(time.time())
    return token(claims(**{"iat": now - 1, "exp": now + 300, **changed}))


def segment(value: Any) -> str:
    """A part of a token, as JSON in base64url."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
