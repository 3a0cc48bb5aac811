"""The key that signs grants: how it is made, named, kept in its secret, and shown to those who verify. Pure.

Two secrets. The private one is written by the rotation function and read by governance alone:

    {"kid": "...", "d": "<32 bytes, base64url>"}

The public one is a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037), written by the rotation function alone and
read by every service. A key stands in it before it signs, and for as long after as its grants may live.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policies.calls.granting.errors import GrantError

ALGORITHM = "Ed25519"
"""JOSE's name (RFC 9864)."""

TYPE = "myelin-grant+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantKey:
    """A private key with its name, `kid`: the thumbprint of its public half (RFC 7638)."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def header(self) -> str:
        """The first segment of every grant that it signs: the same bytes each time."""
        text = f'{{"alg":"{ALGORITHM}","kid":"{self.kid}","typ":"{TYPE}"}}'
        return encoded(text.encode())

    def public_jwk(self) -> dict[str, str]:
        """The public half, as an entry of the JWK Set."""
        return {"crv": "Ed25519", "kid": self.kid, "kty": "OKP", "use": "sig", "x": _public(self.private)}

    def secret(self) -> str:
        """What the private secret holds."""
        return json.dumps({"kid": self.kid, "d": encoded(self.private.private_bytes_raw())})


def make_key() -> GrantKey:
    """A new key, from the operating system's randomness."""
    return _named(Ed25519PrivateKey.generate())


def read_key(secret: str) -> GrantKey:
    """The key in the text of its secret. Raises GrantError."""
    try:
        found = json.loads(secret)
        seed = urlsafe_b64decode(found["d"] + "=")
        key = _named(Ed25519PrivateKey.from_private_bytes(seed))
        named = found["kid"] == key.kid
    except (ValueError, KeyError, TypeError):
        named = False
    if not named:
        # the text is a secret: nothing of it is repeated, nor of the error about it
        raise GrantError(
            "the signing key of grants cannot be read: its secret holds something else",
            hint="rotate it; the rotation function writes it anew",
        )
    return key


def encoded(data: bytes) -> str:
    """Base64url without padding (RFC 7515, appendix C)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _named(private: Ed25519PrivateKey) -> GrantKey:
    # RFC 7638: the required members of the key type (RFC 8037), in order, without white space
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{_public(private)}"}}'
    return GrantKey(kid=encoded(hashlib.sha256(members.encode()).digest()), private=private)


def _public(private: Ed25519PrivateKey) -> str:
    return encoded(private.public_key().public_bytes_raw())
