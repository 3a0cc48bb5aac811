"""Signatures of requests to function URLs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.functions.urls.signature import SignedRequest, is_valid_signature, read_authorization
from tests.support.effort import effort

SECRET = "a secret"
HOST = "127.0.0.1:4566"


def signed(
    method: str = "PUT",
    target: str = "/_function-url/abc/policies/x?version=1&after=a%20b",
    body: bytes = b'{"text": "permit"}',
    *,
    token: str | None = None,
    extra: dict[str, str] | None = None,
) -> SignedRequest:
    """A request as botocore signs it."""
    request = AWSRequest(method=method, url=f"http://{HOST}{target}", data=body, headers=extra or {})
    SigV4Auth(Credentials("AKIA", SECRET, token), "lambda", "us-east-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": HOST}
    return SignedRequest(method=method, target=target, headers=tuple(headers.items()), body=body)


def good(request: SignedRequest, *, secret: str = SECRET, token: str | None = None, now: Any = None) -> bool:
    given = read_authorization(dict(request.headers).get("authorization", ""))
    return given is not None and is_valid_signature(
        request, given, secret, session_token=token, now=now or datetime.now(UTC)
    )


def changed(request: SignedRequest, **fields: Any) -> SignedRequest:
    parts = {"method": request.method, "target": request.target, "headers": request.headers}
    return SignedRequest(**{**parts, "body": request.body, **fields})


@settings(max_examples=effort(50))
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    path=st.text("abcXYZ019-_~%20/", max_size=20).filter(lambda text: "//" not in f"/{text}"),
    query=st.lists(st.tuples(st.text("abc", min_size=1), st.text("xyz019-_")), max_size=3),
    body=st.binary(max_size=50),
)
def test_what_botocore_signs_holds(method: str, path: str, query: list[tuple[str, str]], body: bytes) -> None:
    """For any request that a client may make."""
    target = "/_function-url/abc/" + path + ("?" + "&".join(f"{k}={v}" for k, v in query) if query else "")
    assert good(signed(method, target, body))


def test_every_part_counts() -> None:
    """Another method, path, query, body, header, secret, token or day does not hold."""
    request = signed(extra={"x-amz-note": "1"})
    assert good(request)
    headers = dict(request.headers)
    for other in (
        changed(request, method="POST"),
        changed(request, target=request.target.replace("/x", "/y")),
        changed(request, target=request.target.replace("=1", "=2")),
        changed(request, body=b"{}"),
        changed(request, headers=tuple({**headers, "host": "other"}.items())),
        changed(request, headers=tuple({**headers, "x-amz-note": "2"}.items())),
        changed(request, headers=(*request.headers, ("x-amz-note", "3"))),
        changed(request, headers=(*request.headers, ("x-amz-more", "3"))),
        changed(request, headers=tuple(item for item in request.headers if item[0] != "x-amz-note")),
    ):
        assert not good(other)
    assert not good(request, secret="another")
    assert not good(request, token="wanted")
    temporary = signed(token="t")
    assert good(temporary, token="t")
    assert not good(temporary, token="u")


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_an_old_or_early_signature_does_not_hold(minutes: int) -> None:
    """Five minutes either way, as AWS has it."""
    assert not good(signed(), now=datetime.now(UTC) + timedelta(minutes=minutes))
