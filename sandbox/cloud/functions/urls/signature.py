"""Verifies the signature of a request: to a function URL with AWS_IAM before the function runs, or to STS.

Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html) over the
whole body, in the header; presigned URLs are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

SERVICE = "lambda"
SKEW = timedelta(minutes=5)
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request,\s*SignedHeaders=(?P<signed>[a-z0-9;_-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_MUST_SIGN = frozenset({"host", "x-amz-date"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The parts of the `authorization` header of Signature Version 4."""

    access_key: str
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as it came; header names are lowercase, `target` is path and query as sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes


def read_authorization(header: str, service: str = SERVICE) -> Authorization | None:
    """Parse an `authorization` header; None if it has no signature for this service of AWS."""
    found = _HEADER.fullmatch(header.strip())
    if found is None or found["service"] != service:
        return None
    return Authorization(
        access_key=found["key"],
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed=tuple(found["signed"].split(";")),
        signature=found["signature"],
    )


def is_valid_signature(
    request: SignedRequest, given: Authorization, secret: str, *, session_token: str | None, now: datetime
) -> bool:
    """Whether a request was signed with this secret key, as it is, and within the allowed clock skew.

    `session_token` belongs to the secret key if that is temporary.
    """
    headers: dict[str, str] = {}
    for name, value in request.headers:
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if not set(given.signed) >= _MUST_SIGN or not set(given.signed) <= headers.keys():
        return False
    # every header of AWS's own has to be signed, or one could be added on the way
    if any(name.startswith("x-amz-") and name not in given.signed for name in headers):
        return False
    if session_token is not None and headers.get("x-amz-security-token") != session_token:
        return False
    moment = headers["x-amz-date"]
    if not moment.startswith(given.day) or not _is_now(moment, now):
        return False
    body_hash = hashlib.sha256(request.body).hexdigest()
    if headers.get("x-amz-content-sha256", body_hash) != body_hash:
        return False
    canonical = _canonical(request, given.signed, headers, body_hash)
    scope = f"{given.day}/{given.region}/{given.service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (given.day, given.region, given.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given.signature)


def _canonical(request: SignedRequest, signed: Sequence[str], headers: dict[str, str], body_hash: str) -> str:
    path, _, query = request.target.partition("?")
    lines = [
        request.method,
        # every service but S3 signs the path as it is sent, encoded once more
        quote(path, safe="/~"),
        "&".join(sorted(part if "=" in part else f"{part}=" for part in query.split("&") if part)),
        *(f"{name}:{' '.join(headers[name].split())}" for name in signed),
        "",
        ";".join(signed),
        body_hash,
    ]
    return "\n".join(lines)


def _is_now(moment: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - at) <= SKEW
