from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from services.runtime.calls.answer import CallAnswer
from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker
from services.runtime.calls.errors import TargetError
from services.runtime.calls.exchange import MAX_ANSWER_BYTES, SignedExchange
from services.runtime.retry import RetryBudget, RetryPolicy
from services.runtime.calls.target import CallResult, TargetClient
from services.runtime.correlation import CorrelationMiddleware
from services.runtime.deadline import Deadline
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry.tracing import NoExporter, Tracer
from tests.support.services.doubles import Clock, Lines, SecretsInMemory

CALL = CallSettings(service="axon", intent="reason", url="http://axon:8081", signing_secret="arn")
ANSWER: dict[str, Any] = {"conclusion": "acknowledged", "correlation_id": "abc", "more": [1]}

Handler = Callable[[httpx.Request], Awaitable[httpx.Response] | httpx.Response]


class Asked(BaseModel):
    """A request of this test's own."""

    input: str
    tenant: str | None = None


class Concluded(CallAnswer):
    """The answer that this test's caller expects."""

    conclusion: str


@dataclass
class Bench:
    """A target client over scripted answers; time stands still but for its own pauses."""

    secrets: SecretsInMemory
    script: list[Any]
    clock: Clock = field(default_factory=Clock)
    seen: list[httpx.Request] = field(default_factory=list)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    budget: RetryBudget = field(default_factory=RetryBudget)
    attempt_seconds: float = 2.0

    def __post_init__(self) -> None:  # noqa: D105 - see the class
        self.secrets.rotate("arn", "v1", "k" * 64)
        config = BreakerConfig(minimum_calls=4, window=8)
        self.breaker = CircuitBreaker(config, monotonic=self.clock)
        self.keys = SigningKeys(
            reader=self.secrets, secret_ids={"axon": "arn"}, monotonic=self.clock, sleep=self.clock.sleep
        )

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        if step == "never":
            await asyncio.Event().wait()
        if isinstance(step, int):
            return httpx.Response(step, json={"title": "private detail"})
        return httpx.Response(200, content=step if isinstance(step, bytes) else json.dumps(step).encode())

    def send(
        self, *, left: float = 8.0, times: int = 1, load: bool = True
    ) -> list[CallResult[Concluded] | TargetError]:
        """Send `times` requests with the correlation id `abc`, one after another."""
        found: list[CallResult[Concluded] | TargetError] = []

        async def run(scope: Any, receive: Any, send: Any) -> None:
            async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as http:
                exchange = SignedExchange(
                    call=CALL,
                    answer=Concluded,
                    caller="orbit",
                    region="eu-central-1",
                    keys=self.keys,
                    http=http,
                    tracer=Tracer(service="orbit", exporter=NoExporter()),
                    attempt_seconds=self.attempt_seconds,
                    monotonic=self.clock,
                )
                client = TargetClient(
                    exchange=exchange,
                    keys=self.keys,
                    breaker=self.breaker,
                    policy=self.policy,
                    budget=self.budget,
                    monotonic=self.clock,
                    sleep=self.clock.sleep,
                    chance=lambda: 0.5,
                )
                assert client.call is CALL
                if load:
                    await self.keys.load()
                for _ in range(times):
                    try:
                        found.append(
                            await client.send(Asked(input="why?"), Deadline.within(left, now=self.clock.now))
                        )
                    except TargetError as error:
                        found.append(error)

        async def nothing(*_: object) -> None: ...

        scope = {"type": "http", "headers": [(b"x-correlation-id", b"abc")]}
        asyncio.run(CorrelationMiddleware(run)(scope, nothing, nothing))  # type: ignore[arg-type]
        return found

    def error(self, **more: Any) -> TargetError:
        (found,) = self.send(**more)
        assert isinstance(found, TargetError)
        return found


def test_a_signed_request_with_its_deadline_is_sent(secrets: SecretsInMemory, lines: Lines) -> None:
    """Signed, with correlation id, deadline and trace; the answer is taken (ORB-1, OBS-4)."""
    bench = Bench(secrets, [ANSWER])

    (reached,) = bench.send(left=1.5)

    assert isinstance(reached, CallResult)
    assert (reached.answer, reached.attempts) == (
        Concluded(conclusion="acknowledged", correlation_id="abc"),
        1,
    )
    (request,) = bench.seen
    assert (request.method, str(request.url)) == ("POST", "http://axon:8081/reason")
    assert json.loads(request.content) == {"input": "why?"}
    assert request.headers["x-correlation-id"] == "abc"
    assert request.headers["x-myelin-deadline-ms"] == "1500"
    assert request.headers["x-amzn-trace-id"].startswith("Root=")
    assert request.headers["host"] == "axon:8081"
    assert "Credential=orbit.v1/" in request.headers["authorization"]
    assert lines.named("axon answered")["attempt"] == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.RemoteProtocolError("x"), 502, 503, 429])
def test_a_passing_failure_is_tried_again_with_a_new_signature(
    secrets: SecretsInMemory, lines: Lines, failure: Any
) -> None:
    """A retry is a new request: fresh signature, smaller deadline, after a jittered pause (ORB-1)."""
    bench = Bench(secrets, [failure, ANSWER])

    (reached,) = bench.send(left=1.0)

    assert isinstance(reached, CallResult)
    assert reached.attempts == 2
    first, second = bench.seen
    assert first.headers["authorization"] != second.headers["authorization"]
    assert first.headers["x-myelin-nonce"] != second.headers["x-myelin-nonce"]
    assert second.headers["x-myelin-deadline-ms"] == "975"
    assert bench.clock.slept == [0.025]
    assert lines.named("calling again")["attempt"] == 2


@pytest.mark.parametrize(
    ("step", "status", "slug", "attempts"),
    [
        (httpx.ConnectError("x"), 502, "target-unreachable", 3),
        (503, 503, "target-unavailable", 3),
        (504, 504, "target-timeout", 1),
        (400, 502, "target-refused", 1),
        (403, 502, "target-refused", 1),
        (500, 502, "target-invalid-answer", 1),
        (302, 502, "target-invalid-answer", 1),
        (b"not json", 502, "target-invalid-answer", 1),
        ({"correlation_id": "abc"}, 502, "target-invalid-answer", 1),
        ({**ANSWER, "correlation_id": "other"}, 502, "target-invalid-answer", 1),
        (b"x" * (MAX_ANSWER_BYTES + 1), 502, "target-invalid-answer", 1),
    ],
)
def test_what_goes_wrong_has_its_status(
    secrets: SecretsInMemory, lines: Lines, step: Any, status: int, slug: str, attempts: int
) -> None:
    """Each failure has its own status and problem; only passing ones are tried again."""
    bench = Bench(secrets, [step])

    error = bench.error()

    assert (error.status, error.slug, error.attempts, len(bench.seen)) == (status, slug, attempts, attempts)
    assert "private detail" not in error.message


def test_an_attempt_ends_after_its_time(secrets: SecretsInMemory, lines: Lines) -> None:
    """No answer within the time of an attempt: another attempt, and in the end 504."""
    bench = Bench(secrets, ["never"], attempt_seconds=0.02)

    error = bench.error()

    assert (error.status, error.attempts) == (504, 3)


def test_nothing_is_sent_when_the_time_is_over(secrets: SecretsInMemory, lines: Lines) -> None:
    """A request whose deadline has passed is not sent at all (ORB-1)."""
    bench = Bench(secrets, [ANSWER])

    assert bench.error(left=0.0).status == 504
    assert bench.seen == []


def test_there_is_no_retry_beyond_the_deadline(secrets: SecretsInMemory, lines: Lines) -> None:
    """A pause that would outlast the deadline is not waited for."""
    bench = Bench(secrets, [503], policy=RetryPolicy(base_seconds=4.0, cap_seconds=4.0))

    assert bench.error(left=1.0).attempts == 1
    assert bench.clock.slept == []


def test_retries_stay_within_the_budget(secrets: SecretsInMemory, lines: Lines) -> None:
    """With a failing target, retries are at most the budget and a tenth of the requests (ORB-1)."""
    bench = Bench(secrets, [400, 503], budget=RetryBudget(capacity=2, balance=2))
    bench.breaker = CircuitBreaker(BreakerConfig(minimum_calls=10_000, window=10_000), monotonic=bench.clock)

    bench.send(times=100)

    assert 100 < len(bench.seen) <= 100 + 2 + 10
    assert "retry budget is used up" in lines.messages()


def test_the_circuit_opens_and_closes_again(secrets: SecretsInMemory, lines: Lines) -> None:
    """A failing target is no longer called; after the pause a few calls show that it is back (ORB-1)."""
    bench = Bench(secrets, [500], policy=RetryPolicy(max_attempts=1))
    bench.send(times=4)

    error = bench.error()
    assert (error.status, len(bench.seen)) == (503, 4)
    assert "circuit breaker is open" in error.message
    bench.script[:] = [ANSWER]
    bench.clock.now += 5.0
    assert all(isinstance(each, CallResult) for each in bench.send(times=4))
    assert bench.breaker.state == "closed"


@pytest.mark.parametrize("step", [400, 401, 403, 504])
def test_refusals_do_not_open_the_circuit(secrets: SecretsInMemory, lines: Lines, step: int) -> None:
    """An answer that blames the request says nothing about the target's health."""
    bench = Bench(secrets, [step])
    bench.send(times=10)
    assert bench.breaker.state == "closed"


def test_callers_in_a_hurry_do_not_open_the_circuit(secrets: SecretsInMemory, lines: Lines) -> None:
    """Timeouts of requests with less time than a whole attempt do not count against the target."""
    bench = Bench(secrets, ["never"], policy=RetryPolicy(max_attempts=1))
    found = bench.send(times=10, left=0.005)
    assert {getattr(each, "status", None) for each in found} == {504}
    assert bench.breaker.state == "closed"


def test_a_rotated_key_is_fetched_when_the_signature_is_refused(
    secrets: SecretsInMemory, lines: Lines
) -> None:
    """Two rotations within one refresh lose no request: refused, read again, sent anew (SEC-2)."""
    bench = Bench(secrets, [403, ANSWER])
    secrets.rotate("arn", "v2", "n" * 64)
    secrets.rotate("arn", "v1", "k" * 64)

    async def old_key() -> None:
        await bench.keys.load()

    asyncio.run(old_key())
    secrets.rotate("arn", "v3", "m" * 64)
    (reached,) = bench.send(load=False)

    assert isinstance(reached, CallResult)
    versions = [request.headers["authorization"].split("orbit.")[1].split("/")[0] for request in bench.seen]
    assert versions == ["v1", "v3"]


def test_a_refusal_with_the_current_key_is_final(secrets: SecretsInMemory, lines: Lines) -> None:
    """When there is no newer key, or it cannot be read, the refusal stands."""
    bench = Bench(secrets, [403])
    assert bench.error().attempts == 1
    secrets.failing = "ThrottlingException"
    assert bench.error(load=False).attempts == 1
    assert lines.named("signing key not refreshed")["code"] == "ThrottlingException"


def test_without_a_key_nothing_is_sent(secrets: SecretsInMemory, lines: Lines) -> None:
    """A target whose key could not be read is not called, and that is not held against it."""
    bench = Bench(secrets, [ANSWER])
    error = bench.error(load=False)

    assert (error.status, bench.seen, bench.breaker.state) == (503, [], "closed")
    assert "not read yet" in error.message
