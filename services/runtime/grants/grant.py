"""Decides whether a grant is what it says it is, and for this call. Pure: keys, time and request are values.

Two steps, as the request arrives: `read_grant` before the body is read, `holds` after it. A refusal carries a
reason for the log alone. The claims and their form are in docs/wire.md.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER = "x-myelin-grant"
MAX_BYTES = 2048
CLOCK_SECONDS = 5
"""How far governance's clock may be ahead of ours."""

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = frozenset({"aud", "int", "iss", "jti", "pv", "qh", "sub"})
_NUMBERS = frozenset({"exp", "iat"})


class GrantReason(StrEnum):
    """Why a call is not admitted. For the log only."""

    MISSING = "grant_missing"
    MALFORMED = "grant_malformed"
    UNKNOWN_KEY = "grant_key_unknown"
    FORGED = "grant_forged"
    OTHER_ISSUER = "grant_of_other_issuer"
    OTHER_CALLER = "grant_of_other_caller"
    OTHER_CALLEE = "grant_of_other_callee"
    OTHER_INTENT = "grant_of_other_intent"
    OTHER_TENANT = "grant_of_other_tenant"
    OTHER_QUESTION = "grant_of_other_question"
    NOT_YET_VALID = "grant_not_yet_valid"
    EXPIRED = "grant_expired"
    TOO_LONG = "grant_lives_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRefused:
    """The call is not admitted; `decision_id` is that of the grant, once its signature holds."""

    reason: GrantReason
    decision_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The call that the grant has to be for. `bound_seconds` is the longest that any grant may live."""

    issuer: str
    caller: str
    callee: str
    intent: str
    tenant: str | None
    bound_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedGrant:
    """A grant whose signature holds and whose claims fit the call; its question is not compared yet."""

    question_hash: str
    policy_version: str
    decision_id: str
    expires_at: int

    def holds(self, question_hash: str, *, now: float) -> GrantRefused | None:
        """Compare the question that the callee computed, and the time once more. None admits."""
        if now >= self.expires_at:
            return GrantRefused(reason=GrantReason.EXPIRED, decision_id=self.decision_id)
        if not hmac.compare_digest(question_hash, self.question_hash):
            return GrantRefused(reason=GrantReason.OTHER_QUESTION, decision_id=self.decision_id)
        return None


GrantKeys = Mapping[str, Ed25519PublicKey]
"""Public keys by the whole header segment of the grants that they verify: no header is ever parsed."""


def read_grant(
    tokens: tuple[str, ...], keys: GrantKeys, expected: Expected, *, now: float
) -> VerifiedGrant | GrantRefused:
    """The grant in the values of the request's header, if it is one, of governance, for this call, now."""
    if not tokens:
        return GrantRefused(reason=GrantReason.MISSING)
    segments = tokens[0].split(".")
    fits = len(tokens) == 1 and len(tokens[0]) <= MAX_BYTES and len(segments) == 3
    if not fits or not all(map(_SEGMENT.fullmatch, segments)):
        return GrantRefused(reason=GrantReason.MALFORMED)
    header, payload, signature = segments
    key = keys.get(header)
    if key is None:
        return GrantRefused(reason=GrantReason.UNKNOWN_KEY)
    claimed, signed = _decoded(payload), _decoded(signature)
    if claimed is None or signed is None:
        return GrantRefused(reason=GrantReason.MALFORMED)
    try:
        key.verify(signed, f"{header}.{payload}".encode())
    except InvalidSignature:
        return GrantRefused(reason=GrantReason.FORGED)
    claims = _claims(claimed)
    return GrantRefused(reason=GrantReason.MALFORMED) if claims is None else _judge(claims, expected, now)


def _decoded(segment: str) -> bytes | None:
    """The bytes of a base64url segment in its one spelling: the last character of another has unused bits."""
    try:
        data = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return None
    return data if urlsafe_b64encode(data).rstrip(b"=").decode() == segment else None


def _claims(payload: bytes) -> dict[str, Any] | None:
    """The claims, if they are all there with the types that they have, and no others."""
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or set(claims) - {"ten"} != _TEXTS | _NUMBERS:
        return None
    texts = all(isinstance(value, str) for name, value in claims.items() if name not in _NUMBERS)
    numbers = all(type(claims[name]) is int for name in _NUMBERS)
    return claims if texts and numbers else None


def _judge(claims: dict[str, Any], expected: Expected, now: float) -> VerifiedGrant | GrantRefused:
    faults = (
        (claims["iss"] != expected.issuer, GrantReason.OTHER_ISSUER),
        (claims["sub"] != expected.caller, GrantReason.OTHER_CALLER),
        (claims["aud"] != expected.callee, GrantReason.OTHER_CALLEE),
        (claims["int"] != expected.intent, GrantReason.OTHER_INTENT),
        (claims.get("ten") != expected.tenant, GrantReason.OTHER_TENANT),
        (claims["iat"] > now + CLOCK_SECONDS, GrantReason.NOT_YET_VALID),
        (claims["exp"] <= now, GrantReason.EXPIRED),
        (not 0 < claims["exp"] - claims["iat"] <= expected.bound_seconds, GrantReason.TOO_LONG),
    )
    for wrong, reason in faults:
        if wrong:
            return GrantRefused(reason=reason, decision_id=claims["jti"])
    return VerifiedGrant(
        question_hash=claims["qh"],
        policy_version=claims["pv"],
        decision_id=claims["jti"],
        expires_at=claims["exp"],
    )
