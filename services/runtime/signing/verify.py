"""Decides whether a signed request is what it says it is. Pure: the key, the time and the request are values.

In order: `read_claim` finds out what the request claims, without a key; the caller looks the secret up;
`check` compares. A refusal carries a reason for the log alone; an answer shows no more than the
status.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.runtime.signing.canonical import (
    ALGORITHM,
    TERMINATOR,
    SignableRequest,
    canonical_request,
    has_lone_names,
    normal_path,
    signature,
    string_to_sign,
    trimmed,
)

SIGNING_NAME = "myelin"
"""The service name in the credential scope of every call between services."""

REQUIRED_HEADERS = frozenset(
    {"content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-correlation-id"}
)
"""Headers that each signature must cover."""

SIGNED_PREFIXES = ("x-amz-", "x-myelin-", "idempotency-key")
"""A header whose name starts so must be covered wherever it is present: it means something to the receiver.
"""

MAX_SKEW_SECONDS = 30
"""How far the time of signing may be from ours, either way. AWS takes 5 minutes; a call is meant for now."""

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<caller>[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)\."
    r"(?P<version>[A-Za-z0-9_-]{1,64})"
    rf"/(?P<date>[0-9]{{8}})/(?P<region>[a-z0-9-]{{1,32}})/(?P<service>[a-z0-9-]{{1,32}})/{TERMINATOR}"
    r", SignedHeaders=(?P<headers>[a-z0-9-]+(?:;[a-z0-9-]+)*), Signature=(?P<signature>[0-9a-f]{64})"
)
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DUMMY_SECRET = "0" * 64


class Reason(StrEnum):
    """Why a request is refused. For the log only."""

    MISSING_AUTHORIZATION = "missing_authorization"
    MALFORMED_AUTHORIZATION = "malformed_authorization"
    MALFORMED_REQUEST = "malformed_request"
    MALFORMED_DATE = "malformed_date"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_SCOPE = "wrong_scope"
    HEADER_NOT_SIGNED = "header_not_signed"
    UNSIGNED_PAYLOAD = "unsigned_payload"
    PAYLOAD_MISMATCH = "payload_mismatch"
    UNKNOWN_KEY = "unknown_key"
    KEYS_UNAVAILABLE = "keys_unavailable"
    SIGNATURE_MISMATCH = "signature_mismatch"
    CALL_NOT_DECLARED = "call_not_declared"
    REPLAYED = "replayed"
    REPLAY_CACHE_FULL = "replay_cache_full"


_NO_CREDENTIALS = frozenset(
    {Reason.MISSING_AUTHORIZATION, Reason.MALFORMED_AUTHORIZATION, Reason.EXPIRED, Reason.NOT_YET_VALID}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The request is not accepted.

    `detail` names the header or part at fault; `caller` is who it claims to be from.
    """

    reason: Reason
    detail: str = ""
    caller: str | None = None
    key_version: str | None = None

    @property
    def status(self) -> int:
        """401 when credentials are missing or not valid now, else 403 (RFC 9110, sections 15.5.2, 15.5.4)."""
        return 401 if self.reason in _NO_CREDENTIALS else 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The request was signed by `caller` with version `key_version` of the edge's key, at `signed_at` (epoch
    seconds).
    """

    caller: str
    key_version: str
    signed_at: float
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says about its signature; nothing of it is proven."""

    caller: str
    key_version: str
    date: str
    region: str
    timestamp: str
    signed_at: float
    signed_headers: tuple[str, ...]
    signature: str
    payload_hash: str

    def refused(self, reason: Reason, detail: str = "") -> Refused:
        """A refusal that names who the request claims to be from."""
        return Refused(reason=reason, detail=detail, caller=self.caller, key_version=self.key_version)


def read_claim(request: SignableRequest, *, region: str, now: float) -> Claim | Refused:
    """The claim of `request`, if it is complete, well formed, for us, and made within the clock skew of
    `now`.

    The body is not looked at, so that it need not be read for a request that fails here.
    """
    authorization = request.header("authorization")
    if not authorization:
        return Refused(reason=Reason.MISSING_AUTHORIZATION)
    match = _AUTHORIZATION.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if match is None:
        return Refused(reason=Reason.MALFORMED_AUTHORIZATION)
    stamps, hashes = request.header("x-amz-date"), request.header("x-amz-content-sha256")
    signed_at = _epoch(stamps)
    claim = Claim(
        caller=match["caller"],
        key_version=match["version"],
        date=match["date"],
        region=match["region"],
        timestamp=stamps[0] if stamps else "",
        signed_at=signed_at or 0.0,
        signed_headers=tuple(match["headers"].split(";")),
        signature=match["signature"],
        payload_hash=hashes[0] if len(hashes) == 1 else "",
    )
    if signed_at is None or claim.timestamp[:8] != claim.date:
        return claim.refused(Reason.MALFORMED_DATE)
    if (match["region"], match["service"]) != (region, SIGNING_NAME):
        return claim.refused(Reason.WRONG_SCOPE)
    return in_time(claim, now) or _covered(request, claim) or _plain(request, claim) or claim


def check(request: SignableRequest, claim: Claim, *, secret: str | None) -> Accepted | Refused:
    """Whether `claim` holds for the head of `request` under `secret`; None means that the caller's version of
    the key is unknown. The body is not looked at: its hash is part of what is signed, and `claim` has it.

    The same work is done for an unknown key as for a known one, and comparisons take the same time wherever
    they differ.
    """
    canonical = canonical_request(
        request, signed_headers=claim.signed_headers, payload_hash=claim.payload_hash
    )
    scope = "/".join([claim.date, claim.region, SIGNING_NAME, TERMINATOR])
    expected = signature(
        secret=_DUMMY_SECRET if secret is None else secret,
        date=claim.date,
        region=claim.region,
        service=SIGNING_NAME,
        text=string_to_sign(timestamp=claim.timestamp, scope=scope, canonical=canonical),
    )
    signature_matches = hmac.compare_digest(expected, claim.signature)
    if secret is None:
        return claim.refused(Reason.UNKNOWN_KEY)
    if not signature_matches:
        return claim.refused(Reason.SIGNATURE_MISMATCH)
    return Accepted(
        caller=claim.caller,
        key_version=claim.key_version,
        signed_at=claim.signed_at,
        signature=claim.signature,
    )


def check_body(claim: Claim, body: bytes, *, now: float) -> Refused | None:
    """Whether the complete body is the one that was signed, and still in time. None accepts."""
    if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), claim.payload_hash):
        return claim.refused(Reason.PAYLOAD_MISMATCH)
    return in_time(claim, now)


def _epoch(stamps: tuple[str, ...]) -> float | None:
    """Seconds since the epoch of the one x-amz-date, or None when it is missing, repeated or no point in
    time.
    """
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]):
        return None
    try:
        return datetime.strptime(stamps[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def in_time(claim: Claim, now: float) -> Refused | None:
    """Whether the request was signed within the window around `now`; None accepts."""
    age = now - claim.signed_at
    if age > MAX_SKEW_SECONDS:
        return claim.refused(Reason.EXPIRED, f"signed {age:.0f} s ago")
    if -age > MAX_SKEW_SECONDS:
        return claim.refused(Reason.NOT_YET_VALID, f"signed {-age:.0f} s ahead of this clock")
    return None


def _covered(request: SignableRequest, claim: Claim) -> Refused | None:
    """The signature covers all that it must, each of it is there, and the payload is hashed."""
    signed = claim.signed_headers
    if list(signed) != sorted(set(signed)):
        return claim.refused(Reason.MALFORMED_AUTHORIZATION, "signed headers are not sorted or not unique")
    present = {name for name, _ in request.headers}
    wanted = REQUIRED_HEADERS | {name for name in present if name.startswith(SIGNED_PREFIXES)}
    if loose := sorted(wanted - set(signed)):
        return claim.refused(Reason.HEADER_NOT_SIGNED, loose[0])
    if absent := sorted(set(signed) - present):
        return claim.refused(Reason.HEADER_NOT_SIGNED, f"{absent[0]} is absent")
    if not _SHA256.fullmatch(claim.payload_hash):
        return claim.refused(Reason.UNSIGNED_PAYLOAD)
    return None


def _plain(request: SignableRequest, claim: Claim) -> Refused | None:
    """Nothing is written in a second way that canonicalisation would hide: one signature fits one sequence of
    bytes.
    """
    if request.method != request.method.upper():
        return claim.refused(Reason.MALFORMED_REQUEST, "method")
    if request.path != normal_path(request.path) or not request.path.isascii():
        return claim.refused(Reason.MALFORMED_REQUEST, "path")
    if not request.query.isascii() or has_lone_names(request.query):
        return claim.refused(Reason.MALFORMED_REQUEST, "query")
    seen: set[str] = set()
    for name, value in request.headers:
        if name not in claim.signed_headers:
            continue
        # several values have the canonical form of one value with commas
        if name in seen or value != trimmed(value) or not value.isascii():
            return claim.refused(Reason.MALFORMED_REQUEST, name)
        seen.add(name)
    return None
