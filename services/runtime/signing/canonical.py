"""The canonical form of an HTTP request in AWS Signature Version 4, as pure functions.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The path
is the one on the wire, percent-encoded once more (as every AWS service but S3 does). botocore's signer is the
oracle in the tests.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
"""The one algorithm that is understood."""

TERMINATOR = "aws4_request"
"""Last part of every credential scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableRequest:
    """A request as its receiver sees it.

    `path` and `query` are the raw, percent-encoded ASCII text of the request target; `headers` keep order and
    repetition, names in lower case; `body` is the whole payload.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> tuple[str, ...]:
        """All values of the header `name` (lower case), in order."""
        return tuple(value for key, value in self.headers if key == name)


def normal_path(path: str) -> str:
    """`path` without dot segments and repeated slashes; the empty path is `/`."""
    if not path:
        return "/"
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if kept:
                kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    lead = "/" if path.startswith("/") else ""
    trail = "/" if path.endswith("/") and kept else ""
    return lead + "/".join(kept) + trail


def canonical_path(path: str) -> str:
    """The canonical URI: the normal path, each byte that is not unreserved percent-encoded."""
    return quote(normal_path(path), safe="/~")


def canonical_query(query: str) -> str:
    """The canonical query string: the pairs as they were sent, sorted by name and then by value."""
    if not query:
        return ""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return "&".join(f"{name}={value}" for name, value in pairs)


def has_lone_names(query: str) -> bool:
    """Whether a pair of `query` has no equals sign. `a` and `a=` have one canonical form; only the latter may
    be signed, so that no signature fits both.
    """
    return bool(query) and not all("=" in pair for pair in query.split("&"))


def trimmed(value: str) -> str:
    """A header value without surrounding white space, runs of white space as one space."""
    return " ".join(value.split())


def canonical_request(request: SignableRequest, *, signed_headers: Sequence[str], payload_hash: str) -> str:
    """The canonical request over the named headers (lower case, sorted)."""
    lines = [request.method.upper(), canonical_path(request.path), canonical_query(request.query)]
    lines += [
        f"{name}:{','.join(trimmed(value) for value in request.header(name))}" for name in signed_headers
    ]
    return "\n".join([*lines, "", ";".join(signed_headers), payload_hash])


def string_to_sign(*, timestamp: str, scope: str, canonical: str) -> str:
    """The string to sign: algorithm, `timestamp` (YYYYMMDDTHHMMSSZ), credential scope, hash of the canonical
    request.
    """
    return "\n".join([ALGORITHM, timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])


def signature(*, secret: str, date: str, region: str, service: str, text: str) -> str:
    """The hexadecimal signature of `text` with the key derived from `secret` for that date, region and
    service.
    """
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
