"""Bodies whose chunks are signed one by one; the example is AWS's own."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from sandbox.cloud.access.chunks import are_signed
from sandbox.cloud.access.signed_request import SignatureClaim

# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html#example-signature-calculations-streaming
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CLAIM = SignatureClaim(
    access_key="AKIAIOSFODNN7EXAMPLE",
    day="20130524",
    region="us-east-1",
    service="s3",
    signed=(),
    signature="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    moment="20130524T000000Z",
    token=None,
)
FIRST = (
    b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
    + b"a" * 65536
    + b"\r\n"
)
SECOND = (
    b"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
    + b"a" * 1024
    + b"\r\n"
)
END = b"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"


def sign(text: str) -> str:
    key = f"AWS4{SECRET}".encode()
    for part in CLAIM.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_the_example_of_aws_holds() -> None:
    """Two chunks and the empty one that ends them."""
    assert are_signed(FIRST + SECOND + END, CLAIM, sign)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        FIRST + SECOND,
        FIRST + END,
        SECOND + FIRST + END,
        END,
        FIRST + SECOND + END + b"x",
        FIRST + SECOND + END + END,
        FIRST.replace(b"aaaa", b"aaab", 1) + SECOND + END,
        FIRST.replace(b"ad80", b"ad81", 1) + SECOND + END,
        (FIRST + SECOND + END).replace(b"\r\n", b"\n"),
        b"0x" + FIRST + SECOND + END,
    ],
)
def test_nothing_else_does(body: bytes) -> None:
    """A chunk that is changed, left out, moved, added or cut off, or framed otherwise."""
    assert not are_signed(body, CLAIM, sign)
