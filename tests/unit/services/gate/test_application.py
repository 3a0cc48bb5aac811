"""What becomes of a call when its application is not there, or breaks off. The rest is in test_app.py."""

from __future__ import annotations

import asyncio
import time

import pytest

from services.gate.application import ApplicationHandler, GuardedApplication
from services.gate.settings import GateSettings
from services.gate.under_way import RequestsUnderWay
from services.runtime.deadline import Deadline
from services.runtime.intents.call import Call
from services.runtime.requests.problems import NotBegunError, ProblemError
from services.runtime.settings import read_settings
from tests.support.services.gating import ENVIRON
from tests.support.services.processes import free_port
from tests.support.services.raw_server import answering, http_answer

CALL = Call(
    payload=b"{}",
    caller="orbit",
    intent="credit",
    tenant=None,
    context={},
    proven=True,
    correlation_id="c-1",
    deadline=Deadline.within(5, now=time.monotonic()),
    idempotency_key="k-1",
    decision_id="d-1",
    policy_version="pv",
)


def application(url: str, **more: str) -> GuardedApplication:
    environ = ENVIRON | {"APPLICATION_URL": url} | more
    return GuardedApplication(read_settings(GateSettings, environ), RequestsUnderWay())


async def refused(url: str) -> ProblemError:
    """The problem that a call becomes."""
    behind = application(url)
    with pytest.raises(ProblemError) as caught:
        await ApplicationHandler("credit", behind).run(CALL)
    await behind.close()
    return caught.value


def test_without_a_connection_nothing_was_begun() -> None:
    """The deed may be begun again under its key."""
    problem = asyncio.run(refused(f"http://127.0.0.1:{free_port()}"))
    assert isinstance(problem, NotBegunError)
    assert (problem.slug, problem.status) == ("application-unreachable", 503)


def test_a_connection_that_breaks_may_have_done_it() -> None:
    """So it is not said that nothing was done."""

    async def run() -> ProblemError:
        async with answering(b"") as server:
            return await refused(server.url)

    problem = asyncio.run(run())
    assert not isinstance(problem, NotBegunError)
    assert (problem.slug, problem.status) == ("application-unreachable", 502)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (http_answer("200 OK"), None),
        (http_answer("204 No Content"), None),
        (http_answer("302 Found", location="/login"), "its health check answered 302"),
        (http_answer("500 Oh"), "its health check answered 500"),
        (http_answer("200 OK", b"x" * 2_000_000), "its health check answered more than 1 MiB"),
        (b"", "its health check failed: ServerDisconnectedError"),
    ],
)
def test_the_health_check_says_what_is_wrong(raw: bytes, problem: str | None) -> None:
    """Healthy is a 2xx."""

    async def run() -> str | None:
        async with answering(raw) as server:
            behind = application(server.url)
            found = await behind.problem()
            await behind.close()
            return found

    assert asyncio.run(run()) == problem


def test_a_health_check_that_takes_too_long_has_failed() -> None:
    """It is bounded by what the declaration gives it."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def run() -> str | None:
        async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            behind = application(f"http://127.0.0.1:{port}", APPLICATION_HEALTH_SECONDS="0.1")
            found = await behind.problem()
            await behind.close()
            return found

    assert asyncio.run(run()) == "its health check took more than 0.1 s"
