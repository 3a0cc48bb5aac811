from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from services.runtime.application import Surroundings, build
from services.runtime.errors import BodyTooLargeError, SecretUnavailableError
from services.runtime.process.health import Dependency
from services.runtime.process.lifecycle import Lifecycle, lifespan, until_ready
from services.runtime.requests import openapi, problems
from services.runtime.requests.bodies import ClientGoneError, read_body, replay
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Span, Tracer
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import Clock, Lines

SETTINGS = RuntimeSettings(
    MYELIN_SERVICE="tested", MYELIN_ENVIRONMENT="dev", MYELIN_VERSION="1.0", AWS_REGION="eu-central-1"
)


class Collected:
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def export(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None: ...


class Built:
    """An application with one route for each kind of trouble."""

    def __init__(self, *, probe: Dependency | None = None) -> None:
        self.lifecycle = Lifecycle(instance="me")
        self.traces = Collected()
        self.loads = 0

        async def load() -> None:
            self.loads += 1

        around = Surroundings(
            settings=SETTINGS,
            lifecycle=self.lifecycle,
            lifespan=lifespan(self.lifecycle, load=load),
            metrics=Metrics(service="tested", environment="dev"),
            tracer=Tracer(service="tested", exporter=self.traces),
            probes=(lambda: {"thing": probe} if probe else {},),
        )
        routes = [
            Route("/ok", self.ok),
            Route("/defect", self.defect),
            Route("/half", self.half),
            Route("/gone", self.gone),
            Route("/large", self.large),
            Route("/teapot", self.teapot),
        ]
        self.app: Starlette = build(around, title="Tested", description="", operations=[], routes=routes)

    async def ok(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def defect(self, _: Request) -> Response:
        raise RuntimeError("secret detail")

    async def half(self, request: Request) -> Response:
        class Half(Response):
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                raise RuntimeError("in the middle")

        return Half()

    async def gone(self, _: Request) -> Response:
        raise ClientGoneError

    async def large(self, _: Request) -> Response:
        raise BodyTooLargeError(7)

    async def teapot(self, _: Request) -> Response:
        raise problems.ProblemError(
            slug="teapot",
            title="Teapot",
            status=418,
            detail="short and stout",
            headers={"x-a": "b"},
            extra={"more": 1},
        )

    def client(self) -> AsgiClient:
        return AsgiClient(self.app)


@pytest.fixture
def built(lines: Lines) -> Built:
    return Built()


def test_each_request_is_logged_measured_and_traced(built: Built, lines: Lines) -> None:
    """One access line with latency and metrics, and one segment, with the correlation id (OBS-2, OBS-4)."""
    answer = built.client().get("/ok?token=hidden", headers={"x-correlation-id": "abc"})

    assert answer.headers["x-correlation-id"] == "abc"
    line = lines.named("request answered")
    assert (line["method"], line["path"], line["status"], line["correlation_id"]) == (
        "GET",
        "/ok",
        200,
        "abc",
    )
    assert line["latency_ms"] == line["RequestLatency"] >= 0
    assert (line["Requests"], line["RequestErrors"]) == (1, 0)
    (span,) = built.traces.spans
    assert (span.annotations, span.status, span.url) == ({"correlation_id": "abc"}, 200, "/ok")
    assert "hidden" not in lines.stream.getvalue()
    assert built.loads == 1


def test_a_defect_is_a_problem_without_details(built: Built, lines: Lines) -> None:
    """An exception becomes 500 with problem details; its text is in the log alone."""
    answer = built.client().get("/defect")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "urn:myelin:problem:internal-error"
    assert "secret detail" not in answer.text
    assert "secret detail" in lines.named("request failed")["exception"]
    assert lines.named("request answered")["RequestErrors"] == 1


def test_half_an_answer_is_cut_off(built: Built, lines: Lines) -> None:
    """A defect after the answer has begun can only close the connection."""
    with pytest.raises(RuntimeError, match="in the middle"):
        built.client().get("/half")
    assert "request failed" in lines.messages()


def test_a_client_that_left_is_not_an_error(built: Built, lines: Lines) -> None:
    """Nobody is left to answer; the log says 499."""
    with pytest.raises(AssertionError):
        built.client().get("/gone")
    assert lines.named("request answered")["status"] == 499


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("POST", "/ok", 405, "method-not-allowed"),
        ("GET", "/large", 413, "request-too-large"),
        ("GET", "/teapot", 418, "teapot"),
    ],
)
def test_every_error_is_problem_details(built: Built, method: str, path: str, status: int, slug: str) -> None:
    """Errors have one shape (RFC 9457): type, title, status, detail, instance, and the correlation id."""
    answer = built.client().request(method, path, headers={"x-correlation-id": "abc"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    members = answer.json()
    found = problems.Problem.model_validate(members)
    assert (found.type, found.status, found.instance) == (f"urn:myelin:problem:{slug}", status, path)
    assert found.correlation_id == "abc"
    if slug == "teapot":
        assert (members["more"], answer.headers["x-a"]) == (1, "b")
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_health_says_what_it_depends_on(lines: Lines) -> None:
    """200 with the dependencies; a dependency in trouble makes it degraded, not unhealthy (AXN-1, ORB-1)."""
    for probe, status in ((None, "ok"), (Dependency(status="degraded", detail="open"), "degraded")):
        answer = Built(probe=probe).client().get("/health")
        state = answer.json()
        assert (answer.status_code, state["status"]) == (200, status)
        assert (state["service"], state["version"], state["instance"]) == ("tested", "1.0", "me")
    assert state["dependencies"] == {"thing": {"status": "degraded", "detail": "open"}}


def test_health_is_503_while_draining(built: Built, lines: Lines) -> None:
    """A process that stops asks for no new requests; health checks are traced and measured nowhere."""
    built.lifecycle.begin_drain()
    answer = built.client().get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
    assert built.traces.spans == []
    line = lines.named("request answered")
    assert line["level"] == "warning"
    assert "Requests" not in line


def test_the_document_is_openapi_3_1(built: Built) -> None:
    """The document that is served validates as OpenAPI 3.1, and describes itself and health."""
    document = built.client().get("/openapi.json").json()

    validate(document)
    assert document["openapi"].startswith("3.1.")
    assert list(document["paths"]) == ["/health"]
    assert set(document["paths"]["/health"]["get"]["responses"]) == {"200", "503"}


def test_operations_are_described_from_the_models() -> None:
    """Bodies, problems, headers and the signature are all in the document."""

    class Asked(BaseModel):
        name: str

    operation = openapi.Operation(
        method="post",
        path="/do",
        operation_id="do",
        summary="Do",
        description="Does",
        body=Asked,
        signed=True,
        request_headers={"x-one": "first"},
        answers=(
            openapi.Answer(status=200, description="Done"),
            openapi.Answer(
                status=400, description="No", model=problems.Problem, headers={"retry-after": "s"}
            ),
        ),
    )
    document = openapi.document(title="T", version="1", description="", operations=[operation])

    validate(document)
    described = document["paths"]["/do"]["post"]
    assert described["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Asked"
    }
    assert described["security"] == [{"sigv4": []}]
    assert list(described["responses"]["400"]["content"]) == ["application/problem+json"]
    assert set(described["responses"]["400"]["headers"]) == {"x-correlation-id", "retry-after"}
    json.dumps(document)


def receiver(*messages: Message) -> Any:
    pending = list(messages)

    async def receive() -> Message:
        return pending.pop(0)

    return receive


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_read_once_and_given_on() -> None:
    """Chunks become one body, which can be received once more."""

    async def run() -> tuple[bytes, Message, Message]:
        receive = receiver(part(b"one", more=True), part(b"two"), {"type": "http.disconnect"})
        body = await read_body({"headers": []}, receive, limit=6)
        again = replay(body, receive)
        return body, await again(), await again()

    body, first, second = asyncio.run(run())
    assert body == first["body"] == b"onetwo"
    assert second["type"] == "http.disconnect"


@pytest.mark.parametrize(
    ("headers", "messages", "error"),
    [
        ([(b"content-length", b"7")], [], BodyTooLargeError),
        ([], [part(b"1234", more=True), part(b"567")], BodyTooLargeError),
        ([(b"content-length", b"5")], [part(b"1", more=True), {"type": "http.disconnect"}], ClientGoneError),
    ],
)
def test_a_body_is_bounded(
    headers: list[tuple[bytes, bytes]], messages: list[Message], error: type[Exception]
) -> None:
    """Too much is refused on its announcement, or while it comes; a client that leaves is noticed."""
    with pytest.raises(error):
        asyncio.run(read_body({"headers": headers}, receiver(*messages), limit=6))


def test_the_start_is_tried_until_it_succeeds(clock: Clock, lines: Lines) -> None:
    """Pauses grow up to two seconds, within the time to start (AXN-1)."""
    failures = [SecretUnavailableError("arn", "AccessDeniedException")] * 7

    async def load() -> None:
        if failures:
            raise failures.pop()

    asyncio.run(until_ready(load, timeout_seconds=30, monotonic=clock, sleep=clock.sleep))
    assert clock.slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    failures = [SecretUnavailableError("arn", "AccessDeniedException")] * 9
    with pytest.raises(SecretUnavailableError):
        asyncio.run(until_ready(load, timeout_seconds=3, monotonic=clock, sleep=clock.sleep))


def test_an_asgi_server_is_told_of_a_failed_start(lines: Lines) -> None:
    """The lifespan fails, and the server gets no traceback to print."""

    async def load() -> None:
        raise SecretUnavailableError("arn", "AccessDeniedException")

    lifecycle = Lifecycle()
    lifecycle.begin_drain()
    around = Surroundings(
        settings=SETTINGS,
        lifecycle=lifecycle,
        lifespan=lifespan(lifecycle, load=load),
        metrics=Metrics(service="tested", environment="dev"),
        tracer=Tracer(service="tested", exporter=Collected()),
    )
    app = build(around, title="T", description="", operations=[], routes=[])
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        with pytest.raises(SecretUnavailableError):
            await app({"type": "lifespan", "state": {}}, receiver({"type": "lifespan.startup"}), send)

    asyncio.run(run())
    assert sent == [{"type": "lifespan.startup.failed", "message": ""}]
    assert lines.named("service can not start")["level"] == "critical"
