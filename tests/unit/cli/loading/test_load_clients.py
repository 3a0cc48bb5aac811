"""Many clients on a real server."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from aiohttp import web

from cli.loading.answers import Answered
from cli.loading.clients import Load, run

Asked = list[tuple[dict[str, Any], str]]


def loaded(handler: Any, **changes: Any) -> list[Answered]:
    """What became of a load on a server that `handler` serves."""

    async def go() -> list[Answered]:
        # at the end a handler that still waits is ended, not waited for
        runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        answers: list[Answered] = []
        wanted: dict[str, Any] = {"requests": 20, "concurrency": 4, "body": {"intent": "reason"}, **changes}
        load = Load(url=f"http://127.0.0.1:{runner.addresses[0][1]}/dispatch", **wanted)
        await run(load, answers.append)
        await runner.cleanup()
        return answers

    return asyncio.run(go())


class Server:
    """Answers 200, but tells each request once to come back if it is told to; `most` were there at once."""

    def __init__(self, *, busy_first: bool = False) -> None:
        self.asked: Asked = []
        self.tokens: set[str | None] = set()
        self.most = self.now = 0
        self.busy_first = busy_first

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        body = await request.json()
        key = request.headers["idempotency-key"]
        self.tokens.add(request.headers.get("authorization"))
        again = key in [known for _, known in self.asked]
        self.asked.append((body, key))
        await asyncio.sleep(0)
        self.now -= 1
        if self.busy_first and not again:
            return web.json_response({"type": "x:busy"}, status=503, headers={"retry-after": "0"})
        return web.json_response({"latency_ms": {"total": 1.0}})


def test_as_many_as_wanted_by_so_many_clients() -> None:
    """Twenty requests, never more than four at once, each with a name of its own."""
    server = Server()
    answers = loaded(server)
    assert [each.outcome for each in answers] == ["200"] * 20
    assert server.most <= 4
    assert len({key for _, key in server.asked}) == 20
    assert [body for body, _ in server.asked] == [{"intent": "reason"}] * 20


def test_a_client_that_is_told_to_come_back_does_and_loses_nothing() -> None:
    """The same request under the same name, counted once."""
    server = Server(busy_first=True)
    answers = loaded(server)
    assert [(each.outcome, each.returned) for each in answers] == [("200", 1)] * 20
    assert set(Counter(key for _, key in server.asked).values()) == {2}


def test_fresh_requests_have_tenants_of_their_own() -> None:
    """Nothing that was decided before fits them."""
    server = Server()
    loaded(server, fresh=True, requests=5)
    assert len({body["tenant"] for body, _ in server.asked}) == 5


def test_clients_have_a_token_if_they_are_given_one() -> None:
    """All of them the same; none by default."""
    for token, expected in (("", None), ("a.b.c", "Bearer a.b.c")):
        server = Server()
        loaded(server, token=token, requests=5)
        assert server.tokens == {expected}


def test_a_lost_connection_and_a_late_answer_are_outcomes() -> None:
    """Nothing is raised, and every request is in the report."""

    async def drop(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def wait(_request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    assert {each.outcome for each in loaded(drop, requests=3)} == {"broken: ServerDisconnectedError"}
    late = loaded(wait, requests=2, concurrency=2, timeout=0.1)
    assert [each.outcome for each in late] == ["no answer in time"] * 2


def test_a_time_limit_ends_it() -> None:
    """With no time left nothing is asked."""
    assert loaded(Server(), seconds=0.0) == []


def test_the_answer_of_a_plain_server_counts_by_its_status() -> None:
    """What is not JSON has its status alone."""

    async def plain(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=502, text=json.dumps("nothing"))

    assert {each.outcome for each in loaded(plain, requests=2)} == {"502"}
