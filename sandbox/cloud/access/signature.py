"""Verifies that requests are signed with keys of this sandbox, as AWS verifies them with its own.

Signature Version 4 in the header or in the query (a presigned URL), and the version 2 of S3's presigned URLs,
which boto3 still makes by default. What a signature should be is computed by botocore's own signers, of the
request as it came. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.cloud.access import chunks, s3_query
from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.keys import FindSecret
from sandbox.cloud.access.signed_request import SIGNATURE_PARAMETER, SignatureClaim, SignedRequest, read_claim

SKEW = timedelta(minutes=5)
LONGEST_SECONDS = 7 * 24 * 3600
"""The longest life of a presigned URL, as on AWS."""

S3_SERVICES = frozenset({"s3", "s3express"})
UNSIGNED = "UNSIGNED-PAYLOAD"
_TAKEN_UNSIGNED = frozenset({UNSIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
_SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_MOMENT = "%Y%m%dT%H%M%SZ"


def verify(request: SignedRequest, find: FindSecret, now: datetime) -> str:
    """The access key that a request is signed with, as it is and within the allowed time.

    Raises SignatureError.
    """
    if not request.target.startswith("/") or "#" in request.target:
        raise SignatureError("IncompleteSignature", "the request's target is not a path with a query")
    claim = read_claim(request)
    if claim is None and s3_query.is_signed(request):
        return s3_query.verify(request, find, now)
    if claim is None:
        raise SignatureError("MissingAuthenticationToken", "the request is not signed")
    _verify_claim(request, claim, find, now)
    return claim.access_key


def _verify_claim(request: SignedRequest, claim: SignatureClaim, find: FindSecret, now: datetime) -> None:
    secret, token = find(claim.access_key)
    if secret is None or claim.token != token:
        raise SignatureError(
            "InvalidClientTokenId", "the access key, or its session's token, is not known here"
        )
    _require_time(claim, now)
    _require_signed_headers(request, claim)
    payload = _payload(request, claim)
    signer, asked = _signer(request, claim, secret, payload)
    expected = signer.signature(signer.string_to_sign(asked, signer.canonical_request(asked)), asked)
    holds = hmac.compare_digest(expected.encode(), claim.signature.encode())
    if holds and payload == _SIGNED_CHUNKS:
        holds = chunks.are_signed(request.body, claim, lambda text: str(signer.signature(text, asked)))
    if not holds:
        raise SignatureError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )


def _require_time(claim: SignatureClaim, now: datetime) -> None:
    try:
        at = datetime.strptime(claim.moment, _MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError("IncompleteSignature", "the signature's date cannot be read") from error
    if not claim.moment.startswith(claim.day):
        raise SignatureError("IncompleteSignature", "the signature's date is not that of its scope")
    if claim.expires is None:
        held = abs(now - at) <= SKEW
    else:
        held = claim.expires <= LONGEST_SECONDS and -SKEW <= now - at <= timedelta(seconds=claim.expires)
    if not held:
        raise SignatureError("RequestExpired", "the signature is too old, or of a time to come")


def _require_signed_headers(request: SignedRequest, claim: SignatureClaim) -> None:
    """The host, the date, and every header of AWS's own: or one could be added on the way."""
    needed = {"host"} | {name for name, _ in request.headers if name.startswith("x-amz-")}
    there = {name for name, _ in request.headers}
    if not needed <= set(claim.signed) <= there:
        raise SignatureError(
            "SignatureDoesNotMatch", "a header that has to be signed is not, or is not there"
        )
    if sum(name == "host" for name, _ in request.headers) != 1:
        raise SignatureError("IncompleteSignature", "there is more than one header `host`")


def _payload(request: SignedRequest, claim: SignatureClaim) -> str:
    """What stands for the body in the canonical request; raises SignatureError if it is not of this body."""
    actual = hashlib.sha256(request.body).hexdigest()
    if claim.service not in S3_SERVICES:
        said = request.header("x-amz-content-sha256")
    elif claim.expires is not None:
        return UNSIGNED
    else:
        said = request.header("x-amz-content-sha256") or "nothing"
        if said in _TAKEN_UNSIGNED or said == _SIGNED_CHUNKS:
            return said
    if said is not None and said != actual:
        raise SignatureError("XAmzContentSHA256Mismatch", "`x-amz-content-sha256` is not that of the body")
    return actual


def _signer(request: SignedRequest, claim: SignatureClaim, secret: str, payload: str) -> tuple[Any, Any]:
    """botocore's signer, and the request as its signer saw it: nothing but what was signed."""
    # botocore takes long to import, and the host is ready before it needs it
    from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    make: Any = S3SigV4Auth if claim.service in S3_SERVICES else SigV4Auth
    signer = make(Credentials(claim.access_key, secret), claim.service, claim.region)
    target = request.target
    if claim.expires is not None:
        kept = (f"{name}={value}" for name, value in request.query() if name != SIGNATURE_PARAMETER)
        target = f"{target.partition('?')[0]}?{'&'.join(kept)}"
    asked: Any = AWSRequest(method=request.method, url=f"http://host{target}")
    for name, value in request.headers:
        if name in claim.signed:
            asked.headers.add_header(name, value)
    asked.context["timestamp"] = claim.moment
    signer.headers_to_sign = lambda _: asked.headers
    signer.payload = lambda _: payload
    return signer, asked
