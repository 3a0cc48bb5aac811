from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.engine.provider import Operation, ProviderError, State
from sandbox.errors import NotLoopbackError
from sandbox.provider.api_clients import OPERATION_HEADER, ApiClients, connect, is_mutating, operation_scope
from sandbox.provider.errors import ApiError
from sandbox.provider.provider import AwsProvider
from tests.support.access.keys import ANY_CREDENTIALS

KEY = "aws:kms/key:Key"


class Recording(ThreadingHTTPServer):
    """A KMS and STS of one answer each, that remembers what it was asked and by which headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.seen: list[tuple[str, str | None]] = []
        self.bodies: list[dict[str, Any]] = []
        self.failures = 0
        self.silent = False
        self.refused: set[str] = set()
        self.lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    server: Recording
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        operation = str(self.headers.get("x-amz-target")).partition(".")[2]
        with self.server.lock:
            self.server.seen.append((operation, self.headers.get(OPERATION_HEADER)))
            self.server.bodies.append(json.loads(body))
            fail = self.server.failures > 0
            self.server.failures -= 1 if fail else 0
        if self.server.silent:
            self.close_connection = True
            threading.Event().wait(0.3)
            return
        if operation in self.server.refused:
            self._send(400, {"__type": "DisabledException", "message": "no"})
            return
        answer = {"KeyMetadata": {"KeyId": "k", "Arn": "arn:k", "KeyState": "Enabled"}}
        self._send(500 if fail else 200, {} if fail else answer)

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def recording() -> Iterator[Recording]:
    server = Recording()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def _operation(number: int = 1) -> Operation:
    return Operation(id=f"op-{number}", urn="urn:key")


ROTATED = {"enableKeyRotation": True, "isEnabled": False}


def test_mutating_calls_are_numbered_within_an_operation(recording: Recording) -> None:
    """Each mutating call of an operation carries its id and its number, counted from 1."""
    AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS)).create(
        _operation(), KEY, "key", ROTATED
    )
    assert recording.seen == [
        ("CreateKey", "op-1/1"),
        ("EnableKeyRotation", "op-1/2"),
        ("DisableKey", "op-1/3"),
    ]


def test_reading_calls_are_not_numbered(recording: Recording) -> None:
    """Reads carry no header and take no number, inside an operation and outside."""
    clients = connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS)
    AwsProvider(clients).read(KEY, "k", {})
    with operation_scope("op-2"):
        clients.call("kms", "describe_key", KeyId="k")
        clients.call("kms", "enable_key", KeyId="k")
        clients.call("kms", "list_aliases")
        clients.call("kms", "disable_key", KeyId="k")
    assert recording.seen == [
        ("DescribeKey", None),
        ("DescribeKey", None),
        ("EnableKey", "op-2/1"),
        ("ListAliases", None),
        ("DisableKey", "op-2/2"),
    ]


def test_a_change_outside_an_operation_has_no_header(recording: Recording) -> None:
    """Without an operation there is nothing to mark a call with."""
    connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS).call("kms", "enable_key", KeyId="k")
    assert recording.seen == [("EnableKey", None)]


def test_a_retried_call_keeps_its_number(recording: Recording) -> None:
    """A call that is sent again after a server error is the same call to the emulator."""
    recording.failures = 1
    AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS)).create(
        _operation(), KEY, "key", {}
    )
    assert recording.seen == [("CreateKey", "op-1/1"), ("CreateKey", "op-1/1")]


def test_the_same_operation_done_again_has_the_same_numbers(recording: Recording) -> None:
    """A step that is done again after a crash repeats headers and idempotency tokens exactly."""
    for _ in range(2):
        provider = AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS))
        provider.create(_operation(), KEY, "key", ROTATED)
        with operation_scope("op-1"):
            connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS).call(
                "secretsmanager", "put_secret_value", SecretId="s", SecretString="v"
            )
    assert recording.seen[:4] == recording.seen[4:]
    tokens = [body["ClientRequestToken"] for body in recording.bodies if "ClientRequestToken" in body]
    assert len(tokens) == 2
    assert tokens[0] == tokens[1]


def test_threads_do_not_mix_their_operations(recording: Recording) -> None:
    """Many threads share one provider, and each operation counts for itself."""
    provider = AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS))
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda n: provider.create(_operation(n), KEY, "key", ROTATED), range(60)))
    wanted = {
        (name, f"op-{n}/{i}")
        for n in range(60)
        for i, name in ((1, "CreateKey"), (2, "EnableKeyRotation"), (3, "DisableKey"))
    }
    assert len(recording.seen) == 180
    assert set(recording.seen) == wanted


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://kms.us-east-1.amazonaws.com",
        "http://10.0.0.1:5000",
        "http://localhost.example.com:5000",
        "http://127.0.0.1.example.com",
        "http://user@example.com",
        "http://0.0.0.0:5000",
        "ftp://127.0.0.1",
        "127.0.0.1:5000",
        "http://[::1",
        "",
    ],
)
def test_an_endpoint_elsewhere_is_refused(endpoint: str) -> None:
    """Anything but a loopback address is refused when clients are made, long before a connection."""
    with pytest.raises(NotLoopbackError) as caught:
        connect(endpoint, "us-east-1", ANY_CREDENTIALS)
    assert caught.value.endpoint == endpoint
    assert "pulumi up" in caught.value.hint


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:1", "http://127.8.0.1:1", "http://localhost:1", "http://[::1]:1", "https://127.0.0.1"],
)
def test_an_endpoint_on_this_machine_is_taken(endpoint: str) -> None:
    """Every loopback address is fine."""
    assert connect(endpoint, "us-east-1", ANY_CREDENTIALS).endpoint == endpoint


def test_own_aws_settings_are_not_read(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a profile, nor an endpoint, nor a proxy from the person's environment has a say."""
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS).call("kms", "list_keys")
    assert recording.seen == [("ListKeys", None)]


def test_nobody_listening_is_an_error_of_ours() -> None:
    """A refused connection becomes a ProviderError; nothing of botocore leaves the provider."""
    provider = AwsProvider(connect("http://127.0.0.1:9", "us-east-1", ANY_CREDENTIALS))
    with pytest.raises(ProviderError) as caught:
        provider.create(_operation(), KEY, "key", {})
    assert (caught.value.urn, caught.value.call, caught.value.code) == (
        "urn:key",
        "kms:CreateKey",
        "EndpointConnection",
    )
    assert caught.value.uncertain
    assert caught.value.partial is None


def test_an_answer_that_never_comes_is_uncertain(recording: Recording) -> None:
    """After a timeout nobody knows whether the call was carried out, and the error says so."""
    recording.silent = True
    clients = ApiClients(
        credentials=ANY_CREDENTIALS, endpoint=recording.endpoint, region="us-east-1", read_timeout=0.1
    )
    with pytest.raises(ProviderError) as caught:
        AwsProvider(clients).create(_operation(), KEY, "key", {})
    assert caught.value.uncertain
    assert caught.value.code == "ReadTimeout"


def test_a_refusal_is_certain_and_what_was_made_is_told(recording: Recording) -> None:
    """A later call of a creation that is refused leaves a resource, which the error carries."""
    recording.refused = {"EnableKeyRotation"}
    with pytest.raises(ProviderError) as caught:
        AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS)).create(
            _operation(), KEY, "key", ROTATED
        )
    assert (caught.value.call, caught.value.code) == ("kms:EnableKeyRotation", "DisabledException")
    assert not caught.value.uncertain
    assert caught.value.partial == State(
        id="k", outputs={**ROTATED, "arn": "arn:k", "keyId": "k", "tagsAll": {}}
    )
    recording.refused = set()
    recording.seen.clear()
    partial = caught.value.partial
    provider = AwsProvider(connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS))
    provider.update(_operation(2), KEY, partial.id, ROTATED, partial, ROTATED)
    assert recording.seen == [("EnableKeyRotation", "op-2/1"), ("DisableKey", "op-2/2")]


def test_bad_arguments_are_an_error_of_ours(recording: Recording) -> None:
    """What botocore refuses to send is an ApiError with its call."""
    with pytest.raises(ApiError) as caught:
        connect(recording.endpoint, "us-east-1", ANY_CREDENTIALS).call("kms", "enable_key")
    assert (caught.value.call, caught.value.code) == ("kms:EnableKey", "ParamValidation")
    assert recording.seen == []


def test_observer_sees_every_call(recording: Recording) -> None:
    """The observer gets service, method, parameters and answer of each call."""
    seen: list[Any] = []
    clients = ApiClients(
        credentials=ANY_CREDENTIALS,
        endpoint=recording.endpoint,
        region="us-east-1",
        on_call=lambda *call: seen.append(call),
    )
    clients.call("kms", "describe_key", KeyId="k")
    service, operation, parameters, answer = seen[0]
    assert (service, operation, parameters) == ("kms", "describe_key", {"KeyId": "k"})
    assert answer["KeyMetadata"]["KeyId"] == "k"
    clients.close()


@pytest.mark.parametrize(
    ("operation", "mutating"),
    [
        ("CreateVpc", True),
        ("PutItem", True),
        ("ModifyRule", True),
        ("RegisterTaskDefinition", True),
        ("DescribeVpcs", False),
        ("ListAliases", False),
        ("GetSecretValue", False),
        ("GetRandomPassword", False),
        ("HeadBucket", False),
        ("BatchGetImage", False),
    ],
)
def test_mutating_is_judged_by_name(operation: str, mutating: bool) -> None:
    """AWS's naming tells reads from changes."""
    assert is_mutating(operation) is mutating
