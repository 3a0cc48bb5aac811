"""A client's bearer token: a JWT (RFC 7519), verified as RFC 8725 recommends. Pure.

It says who the client is and for which tenant it asks; nothing that the request says besides is proven.
"""

from __future__ import annotations

import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError

from services.runtime.clients.client_keys import ClientKey
from services.runtime.clients.doorkeeper import Client

LEEWAY_SECONDS = 5
"""How far the issuer's clock may be off."""
MOST_CHARACTERS = 8_000
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_TENANT = re.compile(r"[!-~]+( [!-~]+)*")
_MOST_TENANT = 128


class TokenFault(StrEnum):
    """Why a token is refused. For the log: the answer says no more than that it is."""

    MALFORMED = "malformed_token"
    UNKNOWN_KEY = "unknown_key"
    ALGORITHM = "algorithm_not_allowed"
    SIGNATURE = "signature_mismatch"
    EXPIRED = "expired"
    CLAIM = "claim_not_accepted"
    TENANT = "tenant_not_usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """Whose tokens are taken: `issuer` and `audience` as they stand in them.

    `tenant_claim` is the claim that names the tenant, `claims` are those that policies may look at.
    """

    issuer: str
    audience: str
    tenant_claim: str
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused:
    """`detail` names the claim, for the log."""

    fault: TokenFault
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHead:
    """What a token says of itself before anything of it is verified."""

    key: str
    algorithm: str


def read_head(text: str) -> TokenHead | TokenRefused:
    """The key and algorithm that a token names. Decides nothing but that it has the form of one."""
    form = _FORM.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if form is None:
        return TokenRefused(fault=TokenFault.MALFORMED)
    try:
        header = json.loads(urlsafe_b64decode(form[1] + "=" * (-len(form[1]) % 4)))
    except (ValueError, RecursionError):
        return TokenRefused(fault=TokenFault.MALFORMED)
    if not isinstance(header, dict):
        return TokenRefused(fault=TokenFault.MALFORMED)
    key, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    # nothing critical is understood here; `b64` would change what is signed (RFC 7797)
    if not isinstance(kind, str) or kind.lower() not in _TYPES or {"crit", "b64"} & header.keys():
        return TokenRefused(fault=TokenFault.MALFORMED)
    if not isinstance(key, str) or not isinstance(algorithm, str):
        return TokenRefused(fault=TokenFault.MALFORMED)
    return TokenHead(key=key, algorithm=algorithm)


def read_token(
    text: str, keys: Mapping[str, ClientKey], trusted: TrustedIssuer, *, now: float
) -> Client | TokenRefused:
    """The client, if every check holds. `now` is in epoch seconds."""
    head = read_head(text)
    if isinstance(head, TokenRefused):
        return head
    known = keys.get(head.key)
    if known is None:
        return TokenRefused(fault=TokenFault.UNKNOWN_KEY)
    if head.algorithm not in known.algorithms:
        return TokenRefused(fault=TokenFault.ALGORITHM)
    try:
        claims = jwt.decode(text, known.key, algorithms=[head.algorithm]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        return TokenRefused(fault=TokenFault.SIGNATURE)
    return _check_claims(claims, trusted, now) or _client(claims, trusted)


def _check_claims(claims: dict[str, Any], trusted: TrustedIssuer, now: float) -> TokenRefused | None:
    checks = jwt.JWTClaimsRegistry(
        # rounded so that no token lives longer for it
        now=math.ceil(now),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": trusted.issuer},
        aud={"essential": True, "value": trusted.audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        checks.validate(claims)
    except ExpiredTokenError:
        return TokenRefused(fault=TokenFault.EXPIRED)
    except (InvalidClaimError, MissingClaimError) as error:
        return TokenRefused(fault=TokenFault.CLAIM, detail=str(error))
    except (JoseError, ValueError, TypeError, OverflowError):
        return TokenRefused(fault=TokenFault.CLAIM)
    return None


def _client(claims: Mapping[str, Any], trusted: TrustedIssuer) -> Client | TokenRefused:
    tenant = claims.get(trusted.tenant_claim)
    if tenant is not None and not (
        isinstance(tenant, str) and len(tenant) <= _MOST_TENANT and _TENANT.fullmatch(tenant)
    ):
        return TokenRefused(fault=TokenFault.TENANT, detail=trusted.tenant_claim)
    return Client(
        subject=claims["sub"],
        tenant=tenant,
        claims={name: claims[name] for name in trusted.claims if name in claims},
    )
