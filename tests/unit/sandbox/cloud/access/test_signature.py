"""Signatures of requests: what an SDK signs holds, and nothing that differs from it does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.signature import verify
from sandbox.cloud.access.signed_request import SignedRequest
from tests.support.effort import effort

KEY, SECRET, TOKEN = "AKIAEXAMPLE", "a secret", "a token"
HOST = "127.0.0.1:4566"


def find(key: str) -> tuple[str | None, str | None]:
    return {KEY: (SECRET, None), "ASIAEXAMPLE": (SECRET, TOKEN)}.get(key, (None, None))


def signed(
    method: str = "PUT",
    target: str = "/_function-url/abc/policies/x?version=1&after=a%20b",
    body: bytes = b'{"text": "permit"}',
    *,
    credentials: Credentials | None = None,
    service: str = "lambda",
    extra: dict[str, str] | None = None,
    signer: Any = SigV4Auth,
) -> SignedRequest:
    """A request as botocore signs it."""
    request = AWSRequest(method=method, url=f"http://{HOST}{target}", data=body, headers=extra or {})
    signer(credentials or Credentials(KEY, SECRET), service, "us-east-1").add_auth(request)
    return as_sent(request)


def as_sent(request: Any) -> SignedRequest:
    """A request of botocore, as it comes over the wire."""
    parts = urlsplit(request.url)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    body = request.body or b""
    return SignedRequest(
        method=request.method,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        headers=tuple({**headers, "host": parts.netloc}.items()),
        body=body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read(),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def refusal(request: SignedRequest, *, now: datetime | None = None) -> str:
    """The code that a request is refused with; empty if it is taken."""
    try:
        verify(request, find, now or datetime.now(UTC))
    except SignatureError as error:
        return error.code
    return ""


def changed(request: SignedRequest, **fields: Any) -> SignedRequest:
    parts = {"method": request.method, "target": request.target, "headers": request.headers}
    return SignedRequest(**{**parts, "body": request.body, **fields})


@settings(max_examples=effort(50))
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    path=st.text("abcXYZ019-_~%20/", max_size=20).filter(lambda text: "//" not in f"/{text}"),
    query=st.lists(st.tuples(st.text("abc", min_size=1), st.text("xyz019-_")), max_size=3),
    body=st.binary(max_size=50),
    service=st.sampled_from(["lambda", "dynamodb", "s3"]),
)
def test_what_botocore_signs_holds(
    method: str, path: str, query: list[tuple[str, str]], body: bytes, service: str
) -> None:
    """For any request that a client may make."""
    target = "/_function-url/abc/" + path + ("?" + "&".join(f"{k}={v}" for k, v in query) if query else "")
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    assert refusal(signed(method, target, body, service=service, signer=signer)) == ""


def test_every_part_counts() -> None:
    """Another method, path, query, body or header does not hold; nor one added, repeated or left out."""
    request = signed(extra={"x-amz-note": "1"})
    assert refusal(request) == ""
    headers = dict(request.headers)
    for other in (
        changed(request, method="POST"),
        changed(request, target=request.target.replace("/x", "/y")),
        changed(request, target=request.target.replace("=1", "=2")),
        changed(request, target=f"http://{HOST}{request.target}"),
        changed(request, target=f"{request.target}#x"),
        changed(request, body=b"{}"),
        changed(request, headers=tuple({**headers, "host": "other"}.items())),
        changed(request, headers=(*request.headers, ("host", HOST))),
        changed(request, headers=tuple({**headers, "x-amz-note": "2"}.items())),
        changed(request, headers=(*request.headers, ("x-amz-note", "3"))),
        changed(request, headers=(*request.headers, ("x-amz-more", "3"))),
        changed(request, headers=tuple(item for item in request.headers if item[0] != "x-amz-note")),
        changed(request, headers=(*request.headers, ("authorization", headers["authorization"]))),
    ):
        assert refusal(other) != ""


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials(KEY, SECRET), ""),
        (Credentials("ASIAEXAMPLE", SECRET, TOKEN), ""),
        (Credentials("ASIAEXAMPLE", SECRET, "another"), "InvalidClientTokenId"),
        (Credentials("ASIAEXAMPLE", SECRET), "InvalidClientTokenId"),
        (Credentials(KEY, SECRET, TOKEN), "InvalidClientTokenId"),
        (Credentials(KEY, "guessed"), "SignatureDoesNotMatch"),
        (
            Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            "InvalidClientTokenId",
        ),
    ],
)
@pytest.mark.parametrize("signer", [SigV4Auth, SigV4QueryAuth])
def test_whose_keys_are_taken(credentials: Credentials, code: str, signer: Any) -> None:
    """FID-2: those of the sandbox alone, a session's with its token; AWS's example pair is nobody's."""
    assert refusal(signed("GET", body=b"", credentials=credentials, signer=signer)) == code


def test_an_unsigned_request_is_refused() -> None:
    """So is one that is signed in its header and in its query, or by half."""
    whole = signed("GET", body=b"")
    assert refusal(changed(whole, headers=(("host", HOST),))) == "MissingAuthenticationToken"
    presigned = signed("GET", body=b"", signer=SigV4QueryAuth)
    both = changed(presigned, headers=whole.headers)
    assert refusal(both) == "InvalidArgument"
    half = presigned.target.replace("X-Amz-Algorithm", "X-Amz-Algo")
    assert refusal(changed(presigned, target=half)) == "IncompleteSignature"
    twice = f"{presigned.target}&X-Amz-Date=20260101T000000Z"
    assert refusal(changed(presigned, target=twice)) == "IncompleteSignature"


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(0, ""), (4, ""), (-4, ""), (6, "RequestExpired"), (-6, "RequestExpired"), (60 * 24, "RequestExpired")],
)
def test_an_old_or_early_signature_does_not_hold(minutes: int, code: str) -> None:
    """Five minutes either way."""
    assert refusal(signed(), now=datetime.now(UTC) + timedelta(minutes=minutes)) == code


def client(service: str, **config: Any) -> Any:
    """boto3's client of a service, with keys of the sandbox."""
    return boto3.client(
        service,
        endpoint_url=f"http://{HOST}",
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(**config),
    )


def presigned(service: str, operation: str, parameters: dict[str, Any], **config: Any) -> SignedRequest:
    """A URL that boto3 makes, used."""
    method = "PUT" if operation == "put_object" else "GET"
    asked = client(service, **config)
    url = asked.generate_presigned_url(operation, parameters, ExpiresIn=60, HttpMethod=method)
    return as_sent(AWSRequest(method=method, url=url))


@pytest.mark.parametrize(
    "make",
    [
        lambda: presigned("s3", "get_object", {"Bucket": "b", "Key": "a b/ü"}),
        lambda: presigned("s3", "get_object", {"Bucket": "b", "Key": "k", "VersionId": "1"}),
        lambda: presigned("s3", "get_object", {"Bucket": "b", "Key": "a b/ü"}, signature_version="s3v4"),
        lambda: presigned("s3", "put_object", {"Bucket": "b", "Key": "k"}, signature_version="s3v4"),
        lambda: presigned("sts", "get_caller_identity", {}),
    ],
)
def test_presigned_urls_hold_for_their_time(make: Callable[[], SignedRequest]) -> None:
    """Those of both versions that boto3 makes; not a second longer, and not for another object."""
    request = make()
    assert refusal(request) == ""
    assert refusal(request, now=datetime.now(UTC) + timedelta(seconds=62)) == "RequestExpired"
    path, _, query = request.target.partition("?")
    assert refusal(changed(request, target=f"{path}x?{query}")) == "SignatureDoesNotMatch"
    assert refusal(changed(request, method="DELETE")) == "SignatureDoesNotMatch"


def test_a_url_that_holds_for_longer_than_a_week_is_refused() -> None:
    """As AWS has it."""
    url = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=7 * 24 * 3600 + 1)
    assert refusal(as_sent(AWSRequest(method="GET", url=url))) == "RequestExpired"


def sent_by_boto3(service: str, operation: str, **parameters: Any) -> SignedRequest:
    """The request that boto3 sends for a call."""
    sent: list[Any] = []
    asked = client(service)

    def keep(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise InterruptedError

    asked.meta.events.register("before-send.*", keep)
    with pytest.raises(InterruptedError):
        getattr(asked, operation)(**parameters)
    return as_sent(sent[0])


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "put_object", {"Bucket": "b", "Key": "a b/ü~", "Body": b"x" * 10, "Metadata": {"a": "b  c"}}),
        ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a/b c", "Delimiter": "/"}),
        ("s3", "delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}}),
        ("dynamodb", "list_tables", {}),
        ("ec2", "describe_vpcs", {"VpcIds": ["vpc-1"]}),
        ("lambda", "get_function", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f:x"}),
        ("lambda", "invoke", {"FunctionName": "f", "Payload": b"{}"}),
        ("logs", "describe_log_groups", {}),
        ("route53", "list_hosted_zones", {}),
    ],
)
def test_calls_of_boto3_hold(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Of each protocol, with what its SDK does to paths, queries and bodies."""
    assert refusal(sent_by_boto3(service, operation, **parameters)) == ""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("UNSIGNED-PAYLOAD", ""),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""),
        (hashlib.sha256(b"body").hexdigest(), ""),
        (hashlib.sha256(b"else").hexdigest(), "XAmzContentSHA256Mismatch"),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "XAmzContentSHA256Mismatch"),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "SignatureDoesNotMatch"),
        ("", "XAmzContentSHA256Mismatch"),
    ],
)
def test_bodies_of_s3(said: str, code: str) -> None:
    """Unsigned where the client says so, and signed that it does; what cannot be verified is refused."""

    class Saying(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return said

    assert refusal(signed(body=b"body", service="s3", signer=Saying)) == code


def test_other_services_sign_their_bodies() -> None:
    """Only S3 takes a body that is not signed."""
    extra = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert refusal(signed(service="dynamodb", extra=extra)) == "XAmzContentSHA256Mismatch"
