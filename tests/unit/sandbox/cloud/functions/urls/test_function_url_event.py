"""Requests to function URLs as events, answers as responses."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, StartResponse, WsgiResponse, capture
from sandbox.cloud.functions.errors import ThrottledError
from sandbox.cloud.functions.invocation import InvocationResult
from sandbox.cloud.functions.urls.event import IamCaller, UrlRequest, build_event, build_response
from sandbox.cloud.functions.urls.urls import FunctionUrlMiddleware, UrlTarget

AT = datetime(2020, 3, 12, 19, 3, 58, tzinfo=UTC)
CALLER = IamCaller(access_key="AKIA", account="1", arn="arn:aws:iam::1:user/u", user_id="AIDA")


def request(**changes: Any) -> UrlRequest:
    fields: dict[str, Any] = {
        "url_id": "abc",
        "region": "us-east-1",
        "method": "POST",
        "path": "/a%20b",
        "query": "p=1&p=2&q=",
        "headers": (("content-type", "application/json"), ("x", "1"), ("x", "2"), ("cookie", "a=1; b=2")),
        "body": b'{"k": 1}',
    }
    return UrlRequest(**(fields | changes))


def test_event_is_payload_format_2() -> None:
    """Path, query, headers, cookies and body are where a handler looks for them."""
    event = build_event(request(), None, request_id="id", at=AT)
    assert event["version"] == "2.0"
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%20b", "p=1&p=2&q=")
    assert event["queryStringParameters"] == {"p": "1,2", "q": ""}
    assert event["headers"] == {"content-type": "application/json", "x": "1,2"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"k": 1}', False)
    context = event["requestContext"]
    assert context["accountId"] == "anonymous"
    assert context["http"]["method"] == "POST"
    assert (context["time"], context["timeEpoch"]) == ("12/Mar/2020:19:03:58 +0000", 1584039838000)
    assert "authorizer" not in context


def test_binary_body_is_base64() -> None:
    """Bytes that are no text travel encoded."""
    event = build_event(request(headers=(), body=b"\xff\x00"), None, request_id="id", at=AT)
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\xff\x00"


def test_caller_is_in_the_authorizer() -> None:
    """With IAM authentication the event says who called."""
    context = build_event(request(), CALLER, request_id="id", at=AT)["requestContext"]
    assert context["accountId"] == "1"
    assert context["authorizer"]["iam"]["userArn"] == CALLER.arn


def test_document_with_a_status_describes_the_response() -> None:
    """Status, headers, cookies and a base64 body are taken from it."""
    document = {
        "statusCode": 201,
        "headers": {"X": "y"},
        "cookies": ["a=1"],
        "body": base64.b64encode(b"\xff").decode(),
        "isBase64Encoded": True,
    }
    answer = build_response(json.dumps(document).encode())
    assert (answer.status_code, answer.body) == (201, b"\xff")
    assert dict(answer.headers) == {"X": "y", "Content-Type": "application/json", "Set-Cookie": "a=1"}


def test_anything_else_is_a_json_body() -> None:
    """A document without a status is the body itself."""
    answer = build_response(b'{"a": 1}')
    assert (answer.status_code, answer.body) == (200, b'{"a": 1}')
    assert build_response(b"not json").status_code == 502


class Function:
    """What a URL leads to."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.keys: list[str | None] = []
        self.outcome: InvocationResult | Exception = InvocationResult(
            payload=b'{"ok": true}', failed=False, version="1"
        )
        self.needs_signature = False
        self.allowed = True

    def may_call(self, _access_key: str, _target: UrlTarget) -> bool:
        return self.allowed

    def find(self, url_id: str, access_key: str | None) -> UrlTarget | None:
        self.keys.append(access_key)
        if url_id != "abc":
            return None
        return UrlTarget(
            arn="arn:aws:lambda:us-east-1:123456789012:function:f",
            needs_signature=self.needs_signature,
            region="us-east-1",
            caller=CALLER if access_key else None,
            secret=SECRET if access_key else None,
            run=self.run,
        )

    def run(self, event: Mapping[str, Any], headers: Mapping[str, str]) -> InvocationResult:
        self.events.append(event)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def ask(function: Function) -> Callable[..., WsgiResponse]:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return WsgiResponse(status="200 OK", headers=(), body=b"passed on").send(start_response)

    layer = FunctionUrlMiddleware(application, function.find, function.may_call)

    def call(target: str, **keys: Any) -> WsgiResponse:
        return capture(
            layer,
            {"REQUEST_METHOD": "GET", "RAW_URI": target, "QUERY_STRING": "", HEADERS: (), BODY: b"", **keys},
        )

    return call


SECRET = "of AKIA"
SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/lambda/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


def test_url_runs_its_function_with_the_path_below_it(
    ask: Callable[..., WsgiResponse], function: Function
) -> None:
    """The function sees the path without the URL's own part."""
    assert ask("/_function-url/abc/x%20y?q=1").body == b'{"ok": true}'
    assert function.events[0]["rawPath"] == "/x%20y"
    assert ask("/_function-url/abc").status_code == 200
    assert function.events[1]["rawPath"] == "/"


def test_other_paths_pass_and_unknown_urls_are_404(ask: Callable[..., WsgiResponse]) -> None:
    """Only existing URLs are answered here."""
    assert ask("/bucket").body == b"passed on"
    assert ask("/_function-url/other/").status_code == 404


def test_iam_needs_a_signature_that_holds(ask: Callable[..., WsgiResponse], function: Function) -> None:
    """Unsigned, for another service, by nobody known or made up: refused; a good one tells who calls."""
    function.needs_signature = True
    assert ask("/_function-url/abc/").status_code == 403
    for header in (SIGNATURE, SIGNATURE.replace("lambda", "s3"), "AWS4-HMAC-SHA256", "Bearer x"):
        assert ask("/_function-url/abc/", HTTP_AUTHORIZATION=header).status_code == 403
    assert function.events == []
    signed = AWSRequest(method="GET", url="http://127.0.0.1/_function-url/abc/")
    SigV4Auth(Credentials("AKIA", SECRET), "lambda", "us-east-1").add_auth(signed)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    given = {
        "HTTP_AUTHORIZATION": headers["authorization"],
        HEADERS: ((*headers.items(), ("host", "127.0.0.1"))),
    }
    assert ask("/_function-url/abc/", **given).status_code == 200
    assert function.keys[-1] == "AKIA"
    assert function.events[0]["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIA"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (InvocationResult(payload=b"{}", failed=True, version="1"), 502),
        (ThrottledError("abc", 1), 429),
    ],
)
def test_failures_become_lambdas_statuses(
    ask: Callable[..., WsgiResponse], function: Function, outcome: InvocationResult | Exception, status: int
) -> None:
    """A function error is a 502 without its text, throttling a 429."""
    function.outcome = outcome
    assert ask("/_function-url/abc/").status_code == status
