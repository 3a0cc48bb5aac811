from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from services.orbit.app import assemble, create_app
from services.orbit.settings import OrbitSettings
from services.runtime.errors import ServiceSettingsError
from services.runtime.settings import CallSettings
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import Lines, SecretsInMemory
from tests.support.services.openapi_answers import assert_documented

ENVIRON = {
    "MYELIN_SERVICE": "orbit",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.0",
    "AWS_REGION": "eu-central-1",
    "GOVERNANCE_FUNCTION": "arn:aws:lambda:eu-central-1:123456789012:function:decide:live",
    "CALLS": json.dumps(
        [{"service": "axon", "intent": "reason", "url": "http://axon:8081", "signing_secret": "arn"}]
    ),
}
CALL = CallSettings(service="axon", intent="reason", url="http://axon:8081", signing_secret="arn")


class PolicyLambda:
    """Governance as its Lambda client shows it: permits `reason`, forbids the rest; broken on demand."""

    def __init__(self) -> None:
        self.broken: Exception | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as botocore has it
        if self.broken:
            raise self.broken
        asked = json.loads(Payload)
        allowed = asked["intent"] == "reason"
        answer = {
            **asked,
            "allowed": allowed,
            "reason": "Orbit may ask Axon to reason" if allowed else "Nothing is ever erased",
            "reason_code": "permitted" if allowed else "forbidden",
            "policies": ["orbit-may-reason-on-axon" if allowed else "no-erase"],
            "errors": [],
            "policy_version": "v1",
            "decision_id": "d1",
            "evaluated_at": "2026-01-01T00:00:00Z",
        }
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}


class Orbit:
    """Orbit between a scripted Lambda and a scripted Axon."""

    def __init__(self, secrets: SecretsInMemory) -> None:
        secrets.rotate("arn", "v1", "k" * 64)
        self.lambdas = PolicyLambda()
        self.axon: Callable[[httpx.Request], httpx.Response] = self.alive
        self._secrets = secrets

    def alive(self, request: httpx.Request) -> httpx.Response:
        beat = {"service": "axon", "instance": "i", "sequence": 1, "at": "t", "status": "alive", "stamp": "s"}
        identity = request.headers["x-correlation-id"]
        return httpx.Response(200, json={"heartbeat": beat, "result": {}, "correlation_id": identity})

    @property
    def client(self) -> AsgiClient:
        settings = OrbitSettings(
            MYELIN_SERVICE="orbit",
            MYELIN_ENVIRONMENT="dev",
            MYELIN_VERSION="1.0",
            AWS_REGION="eu-central-1",
            GOVERNANCE_FUNCTION="arn:decide:live",
            TARGET_ATTEMPT_SECONDS=0.5,
        ).model_copy(update={"calls": (CALL,)})

        def transport(request: httpx.Request) -> httpx.Response:
            return self.axon(request)

        app = assemble(
            settings,
            secrets=self._secrets,
            lambdas=self.lambdas,
            http=lambda: httpx.AsyncClient(transport=httpx.MockTransport(transport)),
        )
        return AsgiClient(app, base_url="http://orbit:8080")

    def dispatch(self, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post("/dispatch", content=content, headers=headers)


@pytest.fixture
def orbit(secrets: SecretsInMemory, lines: Lines) -> Orbit:
    return Orbit(secrets)


def test_a_dispatch_goes_through(orbit: Orbit, lines: Lines) -> None:
    """200 with correlation id, decision, heartbeat, latencies; the log tells the story in order (ORB-1)."""
    answer = orbit.dispatch({"intent": "reason"}, **{"x-correlation-id": "abc"})

    assert answer.status_code == 200
    body = answer.json()
    assert body["correlation_id"] == answer.headers["x-correlation-id"] == "abc"
    assert body["decision"]["allowed"] is True
    assert body["heartbeat"]["status"] == "alive"
    assert set(body["latency_ms"]) == {"governance", "target", "total"}
    story = [line["message"] for line in lines.all() if line.get("correlation_id") == "abc"]
    assert story == [
        "dispatch received",
        "governance decided",
        "axon answered",
        "dispatch completed",
        "request answered",
    ]


def test_a_denied_dispatch_says_why(orbit: Orbit, lines: Lines) -> None:
    """403 with the reason, its code, the policies and their version, as problem details (RFC 9457)."""
    answer = orbit.dispatch({"intent": "erase"}, **{"x-correlation-id": "abc"})

    assert answer.status_code == 403
    assert answer.json() == {
        "type": "urn:myelin:problem:denied-by-policy",
        "title": "Denied by policy",
        "status": 403,
        "detail": "Nothing is ever erased",
        "instance": "/dispatch",
        "correlation_id": "abc",
        "reason_code": "forbidden",
        "policies": ["no-erase"],
        "policy_version": "v1",
        "decision_id": "d1",
    }


def test_every_real_answer_is_a_documented_one(orbit: Orbit, lines: Lines) -> None:
    """The OpenAPI 3.1 document validates, and describes each answer that is really given."""
    document = orbit.client.get("/openapi.json").json()
    validate(document)
    good = {"intent": "reason"}
    answers = [
        (200, orbit.dispatch(good)),
        (400, orbit.dispatch(b"{")),
        (403, orbit.dispatch({"intent": "erase"})),
        (403, orbit.dispatch(good, **{"x-myelin-deadline-ms": "0"})),
        (413, orbit.dispatch(b"x" * 70_000)),
        (501, orbit.dispatch({"intent": "reason", "target": "dendrite"})),
    ]
    for target_status, status in ((500, 502), (503, 503), (504, 504)):
        orbit.axon = lambda _, code=target_status: httpx.Response(code)  # type: ignore[misc]
        answers.append((status, orbit.dispatch(good)))
    orbit.lambdas.broken = ValueError()
    answers.append((403, orbit.dispatch(good)))

    for status, answer in answers:
        assert answer.status_code == status
        assert_documented(document, "/dispatch", "post", answer)
    assert_documented(document, "/health", "get", orbit.client.get("/health"))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "`body`: invalid JSON: EOF while parsing a value at line 1 column 0"),
        ({}, "`intent`: field required"),
        ({"intent": "Reason!"}, "`intent`: string should match pattern"),
        ({"intent": "reason", "more": 1}, "`more`: extra inputs are not permitted"),
        ({"intent": "reason", "tenant": ""}, "`tenant`: string should have at least 1 character"),
    ],
)
def test_a_wrong_body_is_explained(orbit: Orbit, lines: Lines, body: Any, detail: str) -> None:
    """400 names the member that is wrong, and no service is called."""
    answer = orbit.dispatch(body)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:myelin:problem:invalid-request"
    assert answer.json()["detail"].startswith(detail)


def test_health_names_keys_and_circuit_breakers(orbit: Orbit, lines: Lines) -> None:
    """Health says whether the signing key is loaded and how the circuit is (ORB-1)."""
    dependencies = orbit.client.get("/health").json()["dependencies"]

    assert dependencies["signing-key:axon"]["status"] == "ok"
    assert dependencies["circuit-breaker:axon"] == {"status": "ok", "detail": "closed"}


def test_the_composition_root_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """create_app takes everything from the environment, and says which variable is missing."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    assert create_app().routes
    monkeypatch.delenv("GOVERNANCE_FUNCTION")
    with pytest.raises(ServiceSettingsError, match="`GOVERNANCE_FUNCTION` is not set"):
        create_app()
