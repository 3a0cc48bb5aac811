"""A request, and what it says of its own signature. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.cloud.access.errors import SignatureError

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request,\s*SignedHeaders=(?P<signed>[a-z0-9;_.-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_SCOPE = re.compile(
    r"(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request"
)
SIGNATURE_PARAMETER = "X-Amz-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as it came; header names are lowercase, `target` is path and query as sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a header, joined as a signature joins them; None without one."""
        found = [value for key, value in self.headers if key == name]
        return ",".join(found) if found else None

    def query(self) -> list[tuple[str, str]]:
        """The parameters of the query, names and values still encoded."""
        pairs = (part.partition("=") for part in self.target.partition("?")[2].split("&") if part)
        return [(name, value) for name, _, value in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureClaim:
    """The parts of a signature, version 4. `expires` is in seconds after `moment`, None in a header."""

    access_key: str
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str
    moment: str
    token: str | None
    expires: int | None = None

    @property
    def scope(self) -> str:
        """What the key is derived for."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def read_claim(request: SignedRequest) -> SignatureClaim | None:
    """Read the signature of a request, in its header or its query; None if it has none.

    Raises SignatureError for one that is in both, or that cannot be read.
    """
    header = request.header("authorization")
    query = [(unquote(name), unquote(value)) for name, value in request.query()]
    presigned = any(name == SIGNATURE_PARAMETER for name, _ in query)
    if header is not None and (presigned or any(name == "AWSAccessKeyId" for name, _ in query)):
        raise SignatureError("InvalidArgument", "the request is signed twice, in its header and in its query")
    if header is not None:
        return _in_header(request, header)
    return _in_query(query) if presigned else None


def _in_header(request: SignedRequest, header: str) -> SignatureClaim:
    found = _HEADER.fullmatch(header.strip())
    moment = request.header("x-amz-date")
    if found is None or moment is None:
        raise SignatureError(
            "IncompleteSignature", "the header `authorization` is no signature of version 4 with `x-amz-date`"
        )
    return SignatureClaim(
        access_key=found["key"],
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed=tuple(found["signed"].split(";")),
        signature=found["signature"],
        moment=moment,
        token=request.header("x-amz-security-token"),
    )


def _in_query(query: Sequence[tuple[str, str]]) -> SignatureClaim:
    given = dict(query)
    if len(given) != len(query) and _repeats_own(query):
        raise SignatureError("IncompleteSignature", "a parameter of the signature is repeated")
    found = _SCOPE.fullmatch(given.get("X-Amz-Credential", ""))
    expires = given.get("X-Amz-Expires", "")
    if (
        found is None
        or given.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256"
        or not (expires.isascii() and expires.isdigit())
    ):
        raise SignatureError("IncompleteSignature", "the query has no whole signature of version 4")
    return SignatureClaim(
        access_key=found["key"],
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed=tuple(given.get("X-Amz-SignedHeaders", "").split(";")),
        signature=given[SIGNATURE_PARAMETER],
        moment=given.get("X-Amz-Date", ""),
        token=given.get("X-Amz-Security-Token"),
        expires=int(expires),
    )


def _repeats_own(query: Sequence[tuple[str, str]]) -> bool:
    own = [name.lower() for name, _ in query if name.lower().startswith("x-amz-")]
    return len(set(own)) != len(own)
