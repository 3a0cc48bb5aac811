from __future__ import annotations

import asyncio
from functools import partial

import pytest
from openapi_spec_validator import validate
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from services.runtime.application import ServiceParts, build, configure
from services.runtime.errors import SecretUnavailableError, ServiceSettingsError
from services.runtime.settings import CallerSettings, CallSettings, RuntimeSettings
from tests.support.services.asgi import AsgiClient, receiver
from tests.support.services.doubles import Lines, SecretsInMemory
from tests.support.services.parts import SETTINGS, service_parts
from tests.support.services.troubled_app import TroubledApp

PEERS = SETTINGS.model_copy(
    update={
        "callers": (CallerSettings(service="orders", signing_secret="arn:in"),),
        "calls": (
            CallSettings(service="payments", intent="charge", url="http://p", signing_secret="arn:out"),
        ),
    }
)


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


def hello_app(parts: ServiceParts, *, guarded: bool | None = None) -> AsgiClient:
    """A service with one route, guarded as `build` has it unless something is said."""
    made = partial(build, parts, title="T", description="", operations=[], routes=[Route("/hello", hello)])
    return AsgiClient(made() if guarded is None else made(guarded=guarded))


def test_a_service_is_guarded_unless_it_says_otherwise(lines: Lines) -> None:
    """Without a word, nothing but health and document is served to requests without a signature."""
    assert hello_app(service_parts()).get("/hello").status_code == 401
    assert hello_app(service_parts()).get("/health").status_code == 200
    assert hello_app(service_parts(), guarded=False).get("/hello").status_code == 200


def test_the_keys_of_callers_and_calls_are_read_before_it_is_ready(
    lines: Lines, secrets: SecretsInMemory
) -> None:
    """Each direction has keys of its own, and health names the peers of both (AXN-1, ORB-1)."""
    secrets.rotate("arn:in", "v1", "k" * 64)
    secrets.rotate("arn:out", "v1", "k" * 64)
    state = hello_app(service_parts(PEERS, secrets=secrets)).get("/health").json()

    assert {secret for secret, _ in secrets.reads} == {"arn:in", "arn:out"}
    assert {name: found["status"] for name, found in state["dependencies"].items()} == {
        "signing-key:orders": "ok",
        "signing-key:payments": "ok",
    }


def test_settings_come_from_the_environment() -> None:
    """The settings of a service are those of its environment, and the level of its log is one of them."""
    environ = {
        "MYELIN_SERVICE": "tested",
        "MYELIN_ENVIRONMENT": "dev",
        "MYELIN_VERSION": "1.0",
        "AWS_REGION": "eu-central-1",
    }
    assert configure(RuntimeSettings, environ) == SETTINGS
    with pytest.raises(ServiceSettingsError, match="`AWS_REGION` is not set"):
        configure(RuntimeSettings, environ | {"AWS_REGION": ""})


def test_the_document_is_openapi_3_1(lines: Lines) -> None:
    """The document that is served validates as OpenAPI 3.1, and describes itself and health."""
    document = TroubledApp().client.get("/openapi.json").json()

    validate(document)
    assert document["openapi"].startswith("3.1.")
    assert list(document["paths"]) == ["/health"]
    assert set(document["paths"]["/health"]["get"]["responses"]) == {"200", "503"}


def test_an_asgi_server_is_told_of_a_failed_start(lines: Lines, secrets: SecretsInMemory) -> None:
    """The lifespan fails, and the server gets no traceback to print."""
    secrets.failing = "AccessDeniedException"
    parts = service_parts(PEERS, secrets=secrets)
    parts.lifecycle.begin_drain()
    app = build(parts, title="T", description="", operations=[], routes=[])
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        with pytest.raises(SecretUnavailableError):
            await app({"type": "lifespan", "state": {}}, receiver({"type": "lifespan.startup"}), send)

    asyncio.run(run())
    assert sent == [{"type": "lifespan.startup.failed", "message": ""}]
    assert lines.named("service cannot start")["level"] == "critical"
