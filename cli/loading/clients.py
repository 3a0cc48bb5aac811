"""Many clients that ask at once over HTTP, each over a connection of its own; bounded in number and time.

A client does as it is told: answered 503 with Retry-After, it comes back after that time with the same
request, which therefore counts once.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from cli.loading.answers import Answered, outcome_of

MOST_RETURNS = 30
"""How often a client comes back with one request when it is told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked: `requests` in all by `concurrency` clients, until `seconds` are over if that is first.

    With `fresh` each request has a tenant of its own, so that nothing that was decided before is used again.
    `token` is the clients', where they need one.
    """

    url: str
    body: Mapping[str, Any]
    requests: int
    concurrency: int
    seconds: float | None = None
    timeout: float = 30.0
    fresh: bool = False
    token: str = ""


Heard = Callable[[Answered], None]
"""Hears of each answer as it comes."""


async def run(load: Load, heard: Heard, *, stopping: Callable[[], bool] = lambda: False) -> float:
    """Ask; the seconds that it took. Requests that are under way when it stops are answered first."""
    began = time.perf_counter()
    asked = iter(range(load.requests))

    def more() -> bool:
        over = load.seconds is not None and time.perf_counter() - began >= load.seconds
        return not over and not stopping() and next(asked, None) is not None

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=load.concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=load.timeout),
        trust_env=False,
    ) as session:

        async def client() -> None:
            while more():
                heard(await _ask(session, load, began))

        await asyncio.gather(*(client() for _ in range(min(load.concurrency, load.requests))))
    return time.perf_counter() - began


async def _ask(session: aiohttp.ClientSession, load: Load, began: float) -> Answered:
    body = {**load.body, "tenant": uuid.uuid4().hex} if load.fresh else load.body
    data = json.dumps(body).encode()
    # one name for the request however often it is sent, so that it is done once
    headers = {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
    if load.token:
        headers["authorization"] = f"Bearer {load.token}"
    for returned in range(MOST_RETURNS + 1):
        started = time.perf_counter()
        pause: float | None = None
        hops: Mapping[str, float] = {}
        try:
            async with session.post(load.url, data=data, headers=headers) as response:
                text = await response.read()
                pause = _pause(response) if response.status == 503 else None
                outcome, hops = outcome_of(response.status, text)
        except TimeoutError:
            outcome = "no answer in time"
        except (aiohttp.ClientError, OSError) as error:
            outcome = f"broken: {type(error).__name__}"
        ended = time.perf_counter()
        if pause is None or returned == MOST_RETURNS:
            break
        await asyncio.sleep(pause)
    return Answered(at=ended - began, outcome=outcome, seconds=ended - started, returned=returned, hops=hops)


def _pause(response: aiohttp.ClientResponse) -> float | None:
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdigit() else None
