"""Presigned URLs of S3 in the old form; what boto3 makes of them is tried with the other signatures."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.s3_query import is_signed, verify
from sandbox.cloud.access.signed_request import SignedRequest

NOW = datetime.now(UTC)


def asked(target: str, *headers: tuple[str, str]) -> SignedRequest:
    return SignedRequest(method="GET", target=target, headers=(("host", "h"), *headers), body=b"")


def presigned() -> str:
    """A URL of a session, as boto3 makes it, without its host."""
    client = boto3.client(
        "s3",
        endpoint_url="http://h",
        region_name="us-east-1",
        aws_access_key_id="ASIA",
        aws_secret_access_key="secret",
        aws_session_token="a/token+",
    )
    url = client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}, ExpiresIn=60)
    return str(url).removeprefix("http://h")


def code(request: SignedRequest, *, secret: str | None = "secret", token: str | None = "a/token+") -> str:
    """The code that a request is refused with; empty if it is taken."""
    try:
        verify(request, lambda _: (secret, token), NOW)
    except SignatureError as error:
        return error.code
    return ""


def test_a_session_signs_with_its_token() -> None:
    """Another token, another secret or an unknown key does not do."""
    request = asked(presigned())
    assert is_signed(request)
    assert not is_signed(asked("/b/k?Signature=x&Expires=1"))
    assert code(request) == ""
    assert code(request, token="other") == code(request, token=None) == "InvalidClientTokenId"
    assert code(request, secret=None, token=None) == "InvalidClientTokenId"
    assert code(request, secret="other") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "target",
    [
        presigned().replace("Expires=", "Expires=9"),
        presigned() + "&versionId=1",
        presigned().replace("/b/k", "/b/other"),
    ],
    # not by the address: it is signed at another time in each process
    ids=["later", "more", "elsewhere"],
)
def test_what_was_not_signed_is_refused(target: str) -> None:
    """A longer life, another version, another object."""
    assert code(asked(target)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("more", ["&Expires=9999999999", "&Signature=x", "&AWSAccessKeyId=x"])
def test_a_repeated_parameter_is_refused(more: str) -> None:
    """One of the two would be verified, and the other used."""
    assert code(asked(presigned() + more)) == "IncompleteSignature"


def test_headers_of_aws_are_part_of_it() -> None:
    """One that is added is not signed."""
    assert code(asked(presigned(), ("x-amz-acl", "public-read"))) == "SignatureDoesNotMatch"
