"""Verifies bodies whose chunks are signed one by one, as some SDKs upload to S3.

Each signature covers its chunk and the signature before it; the first one before is that of the head.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from sandbox.cloud.access.signed_request import SignatureClaim

_HEAD = re.compile(rb"([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})\r\n")
_NOTHING = hashlib.sha256(b"").hexdigest()


def are_signed(body: bytes, claim: SignatureClaim, sign: Callable[[str], str]) -> bool:
    """Whether a body is made of signed chunks, up to the empty one that ends it, and of nothing else."""
    previous, position = claim.signature, 0
    while True:
        head = _HEAD.match(body, position)
        if head is None:
            return False
        start, size = head.end(), int(head[1], 16)
        chunk, position = body[start : start + size], start + size + 2
        if len(chunk) != size or body[start + size : position] != b"\r\n":
            return False
        text = "\n".join(
            [
                "AWS4-HMAC-SHA256-PAYLOAD",
                claim.moment,
                claim.scope,
                previous,
                _NOTHING,
                hashlib.sha256(chunk).hexdigest(),
            ]
        )
        previous = sign(text)
        if not hmac.compare_digest(previous.encode(), head[2]):
            return False
        if size == 0:
            return position == len(body)
