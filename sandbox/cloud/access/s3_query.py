"""Verifies presigned URLs of S3 in the old form, signature version 2, which boto3 makes by default.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.keys import FindSecret
from sandbox.cloud.access.signed_request import SignedRequest

_OWN = ("AWSAccessKeyId", "Signature", "Expires")


def is_signed(request: SignedRequest) -> bool:
    """Whether a request has such a signature."""
    return any(name == _OWN[0] for name, _ in request.query())


def verify(request: SignedRequest, find: FindSecret, now: datetime) -> str:
    """The access key that signed a URL; raises SignatureError."""
    query = [(name, unquote(value)) for name, value in request.query()]
    given = dict(query)
    key, signature, expires = (given.get(name, "") for name in _OWN)
    if len(given) != len(query) or not (expires.isascii() and expires.isdigit()):
        raise SignatureError("IncompleteSignature", "the query has no whole signature of version 2")
    secret, token = find(key)
    if secret is None or given.get("x-amz-security-token") != token:
        raise SignatureError(
            "InvalidClientTokenId", "the access key, or its session's token, is not known here"
        )
    if now.timestamp() > int(expires):
        raise SignatureError("RequestExpired", "the signature is too old")
    if not hmac.compare_digest(_expected(request, key, secret, token, expires).encode(), signature.encode()):
        raise SignatureError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )
    return key


def _expected(request: SignedRequest, key: str, secret: str, token: str | None, expires: str) -> str:
    from botocore.auth import HmacV1Auth  # noqa: PLC0415 - the host is ready before it needs it
    from botocore.compat import HTTPHeaders  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    signer: Any = HmacV1Auth(Credentials(key, secret, token))
    signer._get_date = lambda: expires  # noqa: SLF001 - in a URL the time at which it ends stands for the date
    headers: Any = HTTPHeaders()
    for name, value in request.headers:
        if name.startswith("x-amz-") or name in {"content-md5", "content-type"}:
            headers.add_header(name, value)
    return str(signer.get_signature(request.method, urlsplit(f"http://host{request.target}"), headers))
