from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.requests import Request

from services.axon.app import assemble, create_app
from services.axon.heartbeat import Heart, stamp
from services.axon.models import ReasonRequest, ReasonResult
from services.axon.reason import ReasonEndpoint
from services.axon.settings import AxonSettings
from services.runtime.errors import ServiceSettingsError
from services.runtime.requests.problems import ProblemError
from services.runtime.settings import CallerSettings
from services.runtime.signing.sign import SigningKey, sign
from services.runtime.telemetry.metrics import Metrics
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import Lines, SecretsInMemory
from tests.support.services.openapi_answers import assert_documented

REGION = "eu-central-1"
HEARTBEAT_KEY = "h" * 32
KEY = SigningKey(caller="orbit", version="v1", secret="k" * 64)
ENVIRON = {
    "MYELIN_SERVICE": "axon",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.0",
    "AWS_REGION": REGION,
    "HEARTBEAT_KEY": HEARTBEAT_KEY,
    "CALLERS": json.dumps([{"service": "orbit", "signing_secret": "arn"}]),
}


@pytest.fixture
def app(secrets: SecretsInMemory, lines: Lines) -> Starlette:
    secrets.rotate("arn", "v1", "k" * 64)
    settings = AxonSettings(
        MYELIN_SERVICE="axon",
        MYELIN_ENVIRONMENT="dev",
        MYELIN_VERSION="1.0",
        AWS_REGION=REGION,
        HEARTBEAT_KEY=HEARTBEAT_KEY,
    ).model_copy(update={"callers": (CallerSettings(service="orbit", signing_secret="arn"),)})
    return assemble(settings, secrets=secrets)


@pytest.fixture
def client(app: Starlette) -> AsgiClient:
    return AsgiClient(app, base_url="http://axon:8081")


def reason(client: AsgiClient, body: bytes, *, key: SigningKey = KEY, wait: str = "2000") -> httpx.Response:
    headers = {"content-type": "application/json", "x-correlation-id": "abc", "x-myelin-deadline-ms": wait}
    signed = sign(
        method="POST", url="http://axon:8081/reason", headers=headers, body=body, key=key, region=REGION
    )
    return client.post("/reason", headers=signed, content=body)


def test_a_signed_request_gets_a_heartbeat(client: AsgiClient, lines: Lines) -> None:
    """/reason answers with a stamped heartbeat, a result and the correlation id (AXN-1)."""
    answer = reason(client, b'{"intent":"reason","input":"why?","tenant":"t1"}')

    assert answer.status_code == 200
    body = answer.json()
    assert body["correlation_id"] == answer.headers["x-correlation-id"] == "abc"
    assert body["result"] == {"conclusion": "acknowledged", "input_characters": 4}
    beat = body["heartbeat"]
    assert (beat["service"], beat["sequence"], beat["status"]) == ("axon", 1, "alive")
    made = stamp(
        key=HEARTBEAT_KEY.encode(),
        service="axon",
        instance=beat["instance"],
        sequence=1,
        at=beat["at"],
        status="alive",
    )
    assert beat["stamp"] == made
    story = [line["message"] for line in lines.all() if line.get("correlation_id") == "abc"]
    assert story == ["signature accepted", "reason requested", "heartbeat sent", "request answered"]
    assert lines.named("heartbeat sent")["Heartbeats"] == 1
    assert lines.named("reason requested")["caller"] == "orbit"


def test_the_input_and_the_keys_are_not_logged(client: AsgiClient, lines: Lines) -> None:
    """Neither what is asked nor a key is in the log."""
    reason(client, b'{"intent":"reason","input":"private matter"}')

    for hidden in ("private matter", HEARTBEAT_KEY, KEY.secret):
        assert hidden not in lines.stream.getvalue()


def test_every_real_answer_is_a_documented_one(client: AsgiClient, lines: Lines) -> None:
    """The OpenAPI 3.1 document validates, and describes each answer that is really given."""
    with client.opened():
        document = client.get("/openapi.json").json()
        validate(document)
        good = b'{"intent":"reason"}'
        answers = {
            200: reason(client, good),
            400: reason(client, b'{"intent":"erase"}'),
            401: client.post("/reason", content=good),
            403: reason(client, good, key=SigningKey(caller="orbit", version="v1", secret="wrong")),
            413: reason(client, b"x" * 70_000),
            504: reason(client, good, wait="0"),
        }

        for status, answer in answers.items():
            assert answer.status_code == status
            assert_documented(document, "/reason", "post", answer)
        assert_documented(document, "/health", "get", client.get("/health"))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "`body`: invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b'{"intent":"erase"}', "`intent`: input should be 'reason'"),
        (b'{"intent":"reason","more":1}', "`more`: extra inputs are not permitted"),
        (b"{}", "`intent`: field required"),
    ],
)
def test_a_wrong_body_is_explained(client: AsgiClient, lines: Lines, body: bytes, detail: str) -> None:
    """400 names the member that is wrong and never repeats what was sent."""
    answer = reason(client, body)

    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_health_names_the_signing_keys(client: AsgiClient, lines: Lines) -> None:
    """Health says for each caller whether its key is loaded (AXN-1)."""
    state = client.get("/health").json()

    assert state["status"] == "ok"
    assert state["dependencies"]["signing-key:orbit"]["status"] == "ok"


def test_work_ends_with_the_deadline(lines: Lines) -> None:
    """Work that takes longer than its caller waits is cut off with 504."""

    class Endless(ReasonEndpoint):
        async def work(self, asked: ReasonRequest) -> ReasonResult:
            await asyncio.Event().wait()
            raise AssertionError

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"intent":"reason"}', "more_body": False}

    endpoint = Endless(
        heart=Heart(service="axon", instance="i", key=b"k"),
        metrics=Metrics(service="axon", environment="dev"),
    )
    request = Request(
        {"type": "http", "headers": [(b"x-myelin-deadline-ms", b"20")], "method": "POST", "path": "/reason"},
        receive,
    )
    with pytest.raises(ProblemError) as caught:
        asyncio.run(endpoint(request))
    assert (caught.value.status, caught.value.slug) == (504, "deadline-exceeded")


def test_the_composition_root_reads_the_environment(
    secrets: SecretsInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """create_app takes everything from the environment, and says which variable is missing."""
    assert create_app(ENVIRON, secrets=secrets).state.lifecycle.instance
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    assert create_app().routes
    monkeypatch.delenv("HEARTBEAT_KEY")
    with pytest.raises(ServiceSettingsError, match="`HEARTBEAT_KEY` is not set"):
        create_app()
