"""Invocations on botocore's lower layers, over real HTTP, judged by botocore's own client."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from services.runtime.process import aws
from services.runtime.process.lambda_client import LambdaClient

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:decide:caller-orbit"
TIMES = aws.Timeouts(connect=2.0, read=0.5)


class Api:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, dict[str, str](), b'{"allowed": true}'
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.wait: threading.Event | None = None
        self.url = ""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """On a loopback port, where the environment says that AWS is."""
    made = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if made.wait:
                made.wait.wait()
            self.send_response(made.status)
            for name, value in {"content-length": str(len(made.body)), **made.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
        yield made
        if made.wait:
            made.wait.set()
        server.shutdown()
        thread.join()


def connected() -> LambdaClient:
    return LambdaClient.connect(region="eu-central-1", timeouts=TIMES, pool=1)


def test_what_is_sent_is_what_botocore_sends(api: Api) -> None:
    """The same path, body, and signed headers of the same credentials for the same service and region."""
    connected().invoke(FunctionName=ARN, Payload=b'{"a": 1}')
    aws.client("lambda", region="eu-central-1", timeouts=TIMES).invoke(FunctionName=ARN, Payload=b'{"a": 1}')
    (path, ours, body), (botocores_path, botocores, _) = api.asked
    assert (path, body) == (botocores_path, b'{"a": 1}')
    assert ours["x-amz-security-token"] == "token"
    scope, _, signature = ours["authorization"].partition(", SignedHeaders=")
    assert scope.rpartition("/20")[0] == botocores["authorization"].rpartition("/20")[0].partition(", ")[0]
    assert scope.endswith("/eu-central-1/lambda/aws4_request")
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(signature.partition(",")[0].split(";"))


def test_an_answer_is_that_of_botocore(api: Api) -> None:
    """Status and payload, and `FunctionError` only if the function failed."""
    answer = connected().invoke(FunctionName=ARN, Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b'{"allowed": true}')
    assert "FunctionError" not in answer
    api.headers = {"x-amz-function-error": "Unhandled"}
    assert connected().invoke(FunctionName=ARN, Payload=b"{}")["FunctionError"] == "Unhandled"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"x-amzn-errortype": "TooManyRequestsException"}, b"", "TooManyRequestsException"),
        ({"x-amzn-errortype": "ServiceException:http://aws/"}, b"{}", "ServiceException"),
        ({}, json.dumps({"__type": "com.aws#AccessDeniedException"}).encode(), "AccessDeniedException"),
        ({}, b"<html>", "429"),
    ],
)
def test_an_error_has_its_code(api: Api, headers: dict[str, str], body: bytes, code: str) -> None:
    """From the header, the body, or at least the status."""
    api.status, api.headers, api.body = 429, headers, body
    with pytest.raises(ClientError) as caught:
        connected().invoke(FunctionName=ARN, Payload=b"{}")
    assert caught.value.response["Error"]["Code"] == code


def test_a_late_answer_is_a_read_time_out(api: Api) -> None:
    """Nobody waits longer than the client was told."""
    api.wait = threading.Event()
    with pytest.raises(ReadTimeoutError):
        connected().invoke(FunctionName=ARN, Payload=b"{}")


def test_nothing_waits_for_an_acknowledgement(api: Api) -> None:
    """Nagle's algorithm is off, as in botocore's clients: it would cost 40 ms an invocation."""
    pool = connected()._http._manager.connection_from_url(api.url)
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in pool.conn_kw["socket_options"]


def test_no_connection_and_no_credentials_are_botocores_errors(api: Api) -> None:
    """Callers tell them apart as they do with a client."""
    nobody = LambdaClient(
        endpoint="http://127.0.0.1:1", region="eu-central-1", credentials=None, http=URLLib3Session()
    )
    with pytest.raises(NoCredentialsError):
        nobody.invoke(FunctionName=ARN, Payload=b"{}")
    unreached = LambdaClient(
        endpoint="http://127.0.0.1:1",
        region="eu-central-1",
        credentials=connected()._credentials,
        http=URLLib3Session(),
    )
    with pytest.raises(EndpointConnectionError):
        unreached.invoke(FunctionName=ARN, Payload=b"{}")
