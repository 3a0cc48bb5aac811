"""Who may ask the emulator: programs of this machine, with requests signed by keys of the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud.emulator.door import PageMiddleware, SignatureMiddleware
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication

HOST = ("host", "127.0.0.1:1")
UNSIGNED = {"HTTP_AUTHORIZATION": "", HEADERS: (HOST,)}


def asked(
    *, service: str = "sts", secret: str = "secret", body: bytes = b"", target: str = "/", more: Any = None
) -> Environ:
    """A request that somebody signed, with this secret; `more` replaces what the server found in it."""
    request = AWSRequest(method="POST", url=f"http://127.0.0.1:1{target}", data=body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials("KNOWN", secret), service, "us-east-1").add_auth(request)
    headers = [(name.lower(), str(value)) for name, value in request.headers.items()]
    return {
        "REQUEST_METHOD": "POST",
        "RAW_URI": target,
        "PATH_INFO": target.partition("?")[0],
        "QUERY_STRING": target.partition("?")[2],
        "HTTP_AUTHORIZATION": request.headers["Authorization"],
        HEADERS: (*headers, HOST),
        BODY: body,
        **(more or {}),
    }


def answer(application: RecordingApplication, environ: Environ) -> WsgiResponse:
    door = SignatureMiddleware(
        application,
        lambda key: ("secret", None) if key == "KNOWN" else (None, None),
        verified_elsewhere=("/_function-url/",),
    )
    return capture(door, environ)


@pytest.mark.parametrize("service", ["sts", "ec2", "s3", "dynamodb", "lambda", "logs"])
def test_only_signed_requests_reach_moto(recorder: RecordingApplication, service: str) -> None:
    """FID-2: for any service, a wrong secret and no signature are refused, in the words of AWS."""
    assert answer(recorder, asked(service=service)).status_code == 200
    wrong = answer(recorder, asked(service=service, secret="wrong"))
    assert (wrong.status_code, b"SignatureDoesNotMatch" in wrong.body) == (403, True)
    unsigned = answer(recorder, asked(service=service, more=UNSIGNED))
    assert (unsigned.status_code, b"MissingAuthenticationToken" in unsigned.body) == (403, True)
    assert b"myelin sandbox env" in unsigned.body
    assert len(recorder.calls) == 1


def test_a_token_of_another_provider_is_no_way_in(recorder: RecordingApplication) -> None:
    """moto cannot verify it, and would give the keys of any role for it."""
    body = b"Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::123456789012:role/r&WebIdentityToken=x"
    assert answer(recorder, asked(body=body, more=UNSIGNED)).status_code == 403
    assert recorder.calls == []


def test_function_urls_are_verified_elsewhere(recorder: RecordingApplication) -> None:
    """Only what begins as they do, before anything is decoded."""
    assert answer(recorder, asked(target="/_function-url/x/", more=UNSIGNED)).status_code == 200
    for target in ("/x/_function-url/", "/%5Ffunction-url/x/", "//_function-url/x/", "/_function-urlx"):
        assert answer(recorder, asked(target=target, more=UNSIGNED)).status_code == 403


def test_pages_reach_nothing(recorder: RecordingApplication) -> None:
    """Neither with a name that was made to point here, nor from another origin. FID-2"""
    door = PageMiddleware(recorder)
    for headers in ((), (("host", "evil.example"),), (HOST, ("origin", "null"))):
        assert capture(door, asked(more={HEADERS: headers})).status_code == 403
    assert capture(door, asked()).status_code == 200
    assert len(recorder.calls) == 1


@pytest.mark.parametrize(
    "path", ["/moto-api", "/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/iam", "/favicon.ico"]
)
def test_what_moto_has_beside_aws_is_closed(recorder: RecordingApplication, path: str) -> None:
    """Its page, its reset, and the metadata of machines, even for signed requests."""
    assert capture(PageMiddleware(recorder), asked(target=path)).status_code == 404
    assert recorder.calls == []
