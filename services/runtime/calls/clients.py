"""The clients of the calls that a service declares: one for each, and one circuit breaker for each callee."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from services.runtime.calls.answer import AnswerT
from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker
from services.runtime.calls.exchange import SignedExchange
from services.runtime.calls.target import TargetClient
from services.runtime.process.health import Dependency, Probe
from services.runtime.settings import RuntimeSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry.tracing import Tracer


def http_client() -> httpx.AsyncClient:
    """The HTTP client for calls of services: proxies come from the environment, and connections are kept for
    less time than a server keeps them.
    """
    return httpx.AsyncClient(
        follow_redirects=False,
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0),
        timeout=httpx.Timeout(None),
    )


def target_clients(
    settings: RuntimeSettings,
    *,
    answer: type[AnswerT],
    keys: SigningKeys,
    http: httpx.AsyncClient,
    tracer: Tracer,
    attempt_seconds: float,
) -> dict[tuple[str, str], TargetClient[AnswerT]]:
    """A client for each declared call, by service and intent; all expect the same model as the answer.

    `attempt_seconds` is the most that one attempt may take; three quarters of it count as slow.
    """
    config = BreakerConfig(slow_call_seconds=attempt_seconds * 0.75)
    breakers = {call.service: CircuitBreaker(config) for call in settings.calls}
    return {
        (call.service, call.intent): TargetClient(
            exchange=SignedExchange(
                call=call,
                answer=answer,
                caller=settings.service,
                region=settings.region,
                keys=keys,
                http=http,
                tracer=tracer,
                attempt_seconds=attempt_seconds,
            ),
            keys=keys,
            breaker=breakers[call.service],
        )
        for call in settings.calls
    }


def breaker_probe(clients: Mapping[tuple[str, str], TargetClient[AnswerT]]) -> Probe:
    """A probe for `/health`: the state of each callee's circuit breaker."""
    breakers = {service: client.breaker for (service, _), client in clients.items()}

    def probe() -> dict[str, Dependency]:
        states = {service: breaker.state for service, breaker in breakers.items()}
        return {
            f"circuit-breaker:{service}": Dependency(
                status="ok" if state == "closed" else "degraded", detail=state.replace("_", "-")
            )
            for service, state in states.items()
        }

    return probe
