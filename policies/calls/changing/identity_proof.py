"""The proof of who asks for a change: a request to STS that only the owner of the credentials can sign. Pure.

The caller signs `GetCallerIdentity` and sends what of it is not fixed: access key, date, session token,
signature. The function builds the request itself, sends it to its own region's STS, and believes what that
answers, so whoever invokes the function with a made-up event names nobody:

    signed header   x-myelin-request = SHA-256 of audience, method, path, query, if-match, body and nonce
    fixed           method, body, host, the other headers

The proof fits one request to one function, for a minute, once: the nonce is burnt with the change itself.
Form of the proof: https://developer.hashicorp.com/vault/docs/auth/aws#iam-auth-method
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from policies.calls.changing.errors import UnprovenActorError
from policies.calls.trail.chain import canonical_json

PROOF_HEADER = "x-myelin-identity"
"""The header of a request to the admin function that carries its proof."""
REQUEST_HEADER = "x-myelin-request"
"""The signed header of the request to STS."""
STS_BODY = "Action=GetCallerIdentity&Version=2011-06-15"
STS_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
VALID = timedelta(seconds=60)
"""How far from now the date of a proof may be."""
MAX_BYTES = 8 * 1024
_FIELDS = {
    "key": re.compile(r"[A-Z0-9]{16,128}"),
    "date": re.compile(r"[0-9]{8}T[0-9]{6}Z"),
    "token": re.compile(r"[A-Za-z0-9+/=_.-]{0,4096}"),
    "signature": re.compile(r"[0-9a-f]{64}"),
    "nonce": re.compile(r"[0-9a-f]{32}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundRequest:
    """The request that a proof is bound to; path and query are decoded, `audience` is the function's ARN."""

    audience: str
    method: str
    path: str
    query: Mapping[str, str]
    if_match: str | None
    body: str

    def digest(self, nonce: str) -> str:
        """The value of the signed header."""
        body = hashlib.sha256(self.body.encode()).hexdigest()
        fields = {**asdict(self), "query": dict(self.query), "body": body, "nonce": nonce}
        return hashlib.sha256(f"myelin-request-1\n{canonical_json(fields)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProof:
    """What of the request to STS is not fixed; an empty `token` for credentials without one."""

    key: str
    date: str
    token: str
    signature: str
    nonce: str

    def encode(self) -> str:
        """The value of the header."""
        return base64.urlsafe_b64encode(canonical_json(asdict(self)).encode()).decode()

    def sts_headers(self, *, host: str, region: str, request: BoundRequest) -> dict[str, str]:
        """The headers of the request to STS, in which nothing is of the caller's shape."""
        signed = ["content-type", "host", "x-amz-date", *(["x-amz-security-token"] if self.token else [])]
        scope = f"{self.key}/{self.date[:8]}/{region}/sts/aws4_request"
        names = ";".join([*signed, REQUEST_HEADER])
        return {
            "content-type": STS_TYPE,
            "host": host,
            "x-amz-date": self.date,
            **({"x-amz-security-token": self.token} if self.token else {}),
            REQUEST_HEADER: request.digest(self.nonce),
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, "
            f"Signature={self.signature}",
        }

    def require_fresh(self, now: datetime) -> None:
        """Raise UnprovenActorError for a date that is not now; STS itself would take a quarter of an hour."""
        try:
            at = datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise UnprovenActorError("its date is none") from error
        if abs(now - at) > VALID:
            raise UnprovenActorError(f"it is of {at:%H:%M:%S} UTC, and here it is {now:%H:%M:%S}")


def read_proof(header: str | None) -> IdentityProof:
    """Read the header of a request. Raises UnprovenActorError for anything but what `encode` writes."""
    if not header:
        raise UnprovenActorError("there is none")
    if len(header) > MAX_BYTES:
        raise UnprovenActorError("it is not readable")
    try:
        fields = json.loads(base64.b64decode(header, altchars=b"-_", validate=True))
        proof = IdentityProof(**fields)
        readable = proof.encode() == header
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise UnprovenActorError("it is not readable") from error
    if not readable or any(
        not isinstance(value, str) or not _FIELDS[name].fullmatch(value)
        for name, value in asdict(proof).items()
    ):
        raise UnprovenActorError("it is not readable")
    return proof
