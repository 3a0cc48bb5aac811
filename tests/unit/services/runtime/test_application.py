"""What every service serves besides its intents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pydantic import BaseModel

from services.runtime.application import assemble
from services.runtime.intents.call import Call
from services.runtime.intents.handler import read_handler
from services.runtime.operations import HEALTH, of_handler
from services.runtime.parts import Edges, ServiceParts
from services.runtime.telemetry.tracing import NoExporter
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.parts import SETTINGS, NoHttp


class Credit(BaseModel):
    amount: int


async def credit(_call: Call[Credit]) -> Credit:
    """Add to the balance.

    More about it.
    """
    return Credit(amount=1)


async def raw(_call: Call[list[int]]) -> int:
    return 1


def client(*starting: Callable[..., object], document: str = "{}") -> AsgiClient:
    edges = Edges(secrets=SecretsInMemory(), http=NoHttp(), spans=NoExporter())
    return AsgiClient(
        assemble(ServiceParts.of(SETTINGS, edges), document=document, starting=starting)  # type: ignore[arg-type]
    )


def test_the_document_is_served_as_it_is() -> None:
    """`/openapi.json` answers with the bytes of the document, as JSON."""
    answer = client(document='{"openapi": "3.1.0"}').get("/openapi.json")
    assert (answer.text, answer.headers["content-type"]) == ('{"openapi": "3.1.0"}', "application/json")


def test_what_starts_a_service_runs_before_it_is_ready() -> None:
    """The hooks have run, in their order, when the first request is answered."""
    ran: list[str] = []

    async def first() -> None:
        await asyncio.sleep(0)
        ran.append("first")

    async def second() -> None:
        ran.append("second")

    assert client(first, second).get("/health").status_code == 200
    assert ran == ["first", "second"]


@pytest.mark.parametrize("path", ["/health/", "//health", "/Health", "/openapi.json/"])
def test_a_path_is_served_as_it_is_spelled_or_not_at_all(path: str) -> None:
    """No other spelling is redirected to a path that exists: 404."""
    assert client().get(path).status_code == 404


def test_an_intent_is_described_by_its_handler() -> None:
    """The summary is the first line of the docstring; payload and result are those of the annotations."""
    operation = of_handler(read_handler("credit", credit))
    assert (operation.path, operation.summary, operation.body) == ("/credit", "Add to the balance.", Credit)
    assert next(answer.model for answer in operation.responses if answer.status == 200) is Credit
    assert operation.signed


def test_an_intent_of_plain_types_leaves_its_bodies_open() -> None:
    """A payload or result that is no model stands in the document without a schema of its own."""
    operation = of_handler(read_handler("raw", raw))
    assert (operation.body, operation.summary) == (None, "raw")


def test_health_is_open_to_whoever_asks() -> None:
    """The health path wants no signature: the balancer has none."""
    assert not HEALTH.signed
