"""Axon's one handler, in process; tests/world/services/axon asks it over HTTP. AXN-1."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from pydantic import ValidationError

from policies.calls.granting.keys import make_key
from services.axon.app import reason, service, start
from services.axon.heartbeat import stamp
from services.axon.models import ReasonAnswer, ReasonRequest
from services.runtime.deadline import Deadline
from services.runtime.errors import ServiceSettingsError
from services.runtime.intents.call import Call
from services.runtime.parts import Edges
from services.runtime.telemetry.tracing import NoExporter
from tests.support.services.asgi import AsgiClient
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.parts import NoHttp

KEY = "k" * 32
ENVIRON = {
    "MYELIN_SERVICE": "axon",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.0",
    "AWS_REGION": "eu-central-1",
    "INTENTS": '[{"name": "reason", "safe_to_repeat": true}]',
    "GRANT_KEYS": "arn:grants",
    "HEARTBEAT_KEY": KEY,
}


def client(**environ: str) -> AsgiClient:
    secrets = SecretsInMemory()
    secrets.rotate("arn:grants", "v1", json.dumps({"keys": [make_key().public_jwk()]}))
    edges = Edges(secrets=secrets, http=NoHttp(), spans=NoExporter())
    return AsgiClient(service.build(ENVIRON | environ, edges=edges))


def test_it_offers_the_declared_intent_and_its_health() -> None:
    """The document of the composed service has the declared intent and the health path, and no more."""
    document = client().get("/openapi.json").json()
    assert set(document["paths"]) == {"/reason", "/health"}


@pytest.mark.parametrize("key", ["", "short"])
def test_it_does_not_start_without_its_key(key: str) -> None:
    """A heartbeat key that is missing or short ends the start, and is named."""
    client(HEARTBEAT_KEY=key)
    with pytest.raises(ServiceSettingsError) as caught:
        asyncio.run(started())
    assert caught.value.variable == "HEARTBEAT_KEY"


def test_reasoning_answers_with_a_stamped_heartbeat() -> None:
    """The handler counts what it was given, and its heartbeat's stamp is the key's over the members."""
    client()

    async def answers_to(*texts: str) -> list[ReasonAnswer]:
        await start()
        return [await reason(a_call(text)) for text in texts]

    answers = asyncio.run(answers_to("", "abc"))
    assert [answer.result.input_characters for answer in answers] == [0, 3]
    assert [answer.heartbeat.sequence for answer in answers] == [1, 2]
    beat = answers[0].heartbeat
    assert beat.stamp == stamp(
        key=KEY.encode(), service="axon", instance=beat.instance, sequence=1, at=beat.at, status="alive"
    )


@pytest.mark.parametrize(
    "payload", ['{"input": 1}', '{"other": "x"}', f'{{"input": "{"a" * 16_385}"}}', "[]"]
)
def test_other_payloads_are_refused(payload: str) -> None:
    """What to reason about is a text of at most 16,384 characters, or nothing; other members are refused."""
    with pytest.raises(ValidationError):
        ReasonRequest.model_validate_json(payload)


async def started() -> None:
    await start()


def a_call(text: str) -> Call[ReasonRequest]:
    return Call(
        payload=ReasonRequest(input=text),
        caller="orbit",
        intent="reason",
        tenant=None,
        context={},
        proven=True,
        correlation_id="c-1",
        deadline=Deadline.within(5, now=time.monotonic()),
        idempotency_key=None,
        decision_id="d-1",
        policy_version="v-1",
    )
