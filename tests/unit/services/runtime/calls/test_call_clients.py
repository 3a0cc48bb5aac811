from __future__ import annotations

import httpx
import pytest

from services.runtime.calls.answer import CallAnswer
from services.runtime.calls.breaker import Outcome
from services.runtime.calls.clients import breaker_probe, http_client, target_clients
from services.runtime.calls.target import TargetClient
from services.runtime.process.health import Dependency
from services.runtime.settings import CallSettings
from tests.support.services.parts import SETTINGS, service_parts


def clients_of(*calls: tuple[str, str]) -> dict[tuple[str, str], TargetClient[CallAnswer]]:
    """The clients of a service that declares these calls, by service and intent."""
    declared = tuple(
        CallSettings(
            service=service, intent=intent, url=f"http://{service}:1", signing_secret=f"arn:{service}"
        )
        for service, intent in calls
    )
    settings = SETTINGS.model_copy(update={"calls": declared})
    parts = service_parts(settings)
    return target_clients(
        settings,
        answer=CallAnswer,
        keys=parts.call_keys,
        http=httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))),
        tracer=parts.tracer,
        attempt_seconds=1.0,
    )


def test_each_call_has_a_client_and_each_callee_a_breaker() -> None:
    """Calls of one service share its circuit breaker, as it is the service that is in trouble (ORB-1)."""
    clients = clients_of(("payments", "charge"), ("payments", "refund"), ("stock", "reserve"))

    assert {pair: (client.call.service, client.call.intent) for pair, client in clients.items()} == {
        pair: pair for pair in clients
    }
    charge, refund, reserve = (client.breaker for client in clients.values())
    assert charge is refund is not reserve


def test_health_shows_the_circuit_breakers() -> None:
    """A circuit that is not closed makes the service degraded, under its callee's name."""
    clients = clients_of(("payments", "charge"), ("stock", "reserve"))
    breaker = clients["payments", "charge"].breaker
    for _ in range(10):
        permit = breaker.acquire()
        assert permit is not None
        breaker.record(permit, Outcome.FAILURE, 0.0)

    assert breaker_probe(clients)() == {
        "circuit-breaker:payments": Dependency(status="degraded", detail="open"),
        "circuit-breaker:stock": Dependency(status="ok", detail="closed"),
    }


def test_the_mesh_proxy_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is honoured, NO_PROXY too, and redirects are not followed (MSH-1)."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:15001")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    client = http_client()

    assert client._transport_for_url(httpx.URL("http://payments:8081")) is not client._transport
    assert client._transport_for_url(httpx.URL("http://127.0.0.1:9")) is client._transport
    assert client.follow_redirects is False
