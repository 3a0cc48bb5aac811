"""Signs requests from service to service with AWS Signature Version 4. The edge to botocore's signer."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from services.runtime.errors import UnsignableRequestError
from services.runtime.signing.canonical import has_lone_names, trimmed
from services.runtime.signing.verify import SIGNING_NAME

NONCE_HEADER = "x-myelin-nonce"
"""A random value in each request, so that two equal requests within one second have two signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """What `caller` signs with: the secret of the edge and the version of that secret (Secrets Manager's
    VersionId).
    """

    caller: str
    version: str
    secret: str = field(repr=False)

    @property
    def access_key_id(self) -> str:
        """`<caller>.<version>`: tells the receiver which key to verify with."""
        return f"{self.caller}.{self.version}"


def _nonce() -> str:
    return secrets.token_hex(16)


def sign(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    key: SigningKey,
    region: str,
    nonce: Callable[[], str] = _nonce,
) -> dict[str, str]:
    """All headers to send: `headers`, what Signature Version 4 needs, and `authorization`, names in lower
    case.

    `url` is absolute and already percent-encoded. Everything given is signed, with the time of now. Raises
    `UnsignableRequestError` if the receiver could not see the same bytes.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    for name, value in lowered.items():
        if value != trimmed(value) or not value.isascii():
            raise UnsignableRequestError(f"header `{name}`", "has white space to be folded or is not ASCII")
    if not url.isascii():
        raise UnsignableRequestError("url", "is not ASCII")
    if has_lone_names(urlsplit(url).query):
        raise UnsignableRequestError("query", "has a name without an equals sign")
    request = AWSRequest(method=method, url=url, data=body, headers={**lowered, NONCE_HEADER: nonce()})
    signer = SigV4Auth(ReadOnlyCredentials(key.access_key_id, key.secret, None), SIGNING_NAME, region)
    # botocore hashes the payload by itself, but sends the hash only if it is a header already
    request.headers["X-Amz-Content-SHA256"] = signer.payload(request)
    request.headers["Host"] = signer.headers_to_sign(request)["host"]
    signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}
