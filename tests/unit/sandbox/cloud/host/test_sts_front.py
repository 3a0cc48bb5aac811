"""Requests to STS in the sandbox are believed only if their signature holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, StartResponse, capture
from sandbox.cloud.host.sts_front import StsSignatureMiddleware

ASKED = b"Action=GetCallerIdentity&Version=2011-06-15"


def find(key: str) -> tuple[str | None, str | None]:
    return {"KNOWN": ("secret", None), "SESSION": ("secret", "token")}.get(key, (None, None))


def moto(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"answered"]


def status(given: Credentials | None, *, service: str = "sts", body: bytes = ASKED, query: str = "") -> int:
    """What a POST is answered with."""
    request = AWSRequest(method="POST", url="http://127.0.0.1:1/", data=body)
    request.headers["Host"] = "127.0.0.1:1"
    if given is not None:
        SigV4Auth(given, service, "us-east-1").add_auth(request)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "RAW_URI": f"/?{query}" if query else "/",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_AUTHORIZATION": request.headers.get("Authorization", ""),
        HEADERS: tuple((name.lower(), value) for name, value in request.headers.items()),
        BODY: body,
    }
    return capture(StsSignatureMiddleware(moto, find), environ).status_code


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Credentials("KNOWN", "secret"), 200),
        (Credentials("SESSION", "secret", "token"), 200),
        (Credentials("SESSION", "secret", "other"), 403),
        (Credentials("SESSION", "secret"), 403),
        (Credentials("KNOWN", "wrong"), 403),
        (Credentials("MADEUP", "secret"), 403),
        (None, 403),
    ],
)
def test_whose_signature_holds_is_answered(given: Credentials | None, said: int) -> None:
    """Not a wrong secret, an unknown key, a session without its own token, nor an unsigned request."""
    assert status(given) == said


def test_a_presigned_query_or_another_service_is_no_way_around() -> None:
    """Neither in the query, nor signed for another service; what is not for STS passes."""
    scope = "X-Amz-Credential=KNOWN%2F20261127%2Fus-east-1%2Fsts%2Faws4_request"
    assert status(None, body=b"", query=f"Action=GetCallerIdentity&{scope}") == 403
    assert status(Credentials("KNOWN", "secret"), service="s3") == 403
    assert status(None, body=b"Action=ListUsers") == 200
    assert status(None, body=b"Action=AssumeRoleWithWebIdentity&x=y") == 200
