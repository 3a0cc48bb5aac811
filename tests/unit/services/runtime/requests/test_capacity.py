"""Places for requests: who works, who waits, and who is told to come back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from services.runtime.requests.capacity import Capacity
from services.runtime.requests.problems import ProblemError

FOREVER = 3600.0


async def take(capacity: Capacity, until: asyncio.Event) -> None:
    async with capacity.place():
        await until.wait()


async def settle() -> None:
    """Let all tasks go on until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_place_is_given_back() -> None:
    """Requests one after another need one place, even if one of them fails."""

    async def run() -> int:
        capacity = Capacity(at_once=1, waiting=0, wait_seconds=FOREVER)
        with pytest.raises(KeyError):
            async with capacity.place():
                raise KeyError
        async with capacity.place():
            return capacity.refused

    assert asyncio.run(run()) == 0


def test_one_too_many_is_told_to_come_back() -> None:
    """Without a place to work or to wait the answer is 503 `busy`, with Retry-After."""

    async def run() -> ProblemError:
        capacity = Capacity(at_once=2, waiting=0, wait_seconds=FOREVER)
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(capacity.place())
            with pytest.raises(ProblemError) as caught:
                async with capacity.place():
                    pass
        assert capacity.refused == 1
        return caught.value

    error = asyncio.run(run())
    assert (error.status, error.slug, error.headers) == (503, "busy", {"retry-after": "1"})


def test_one_that_waits_gets_the_next_place() -> None:
    """A request in the line goes on when another has finished."""

    async def run() -> bool:
        capacity, done = Capacity(at_once=1, waiting=1, wait_seconds=FOREVER), asyncio.Event()
        first = asyncio.create_task(take(capacity, done))
        second = asyncio.create_task(take(capacity, done))
        await settle()
        waited = not second.done()
        done.set()
        await asyncio.gather(first, second)
        return waited

    assert asyncio.run(run())


def test_the_line_has_an_end() -> None:
    """A request that finds the line full is refused at once, and those in it are not."""

    async def run() -> int:
        capacity, done = Capacity(at_once=1, waiting=1, wait_seconds=FOREVER), asyncio.Event()
        tasks = [asyncio.create_task(take(capacity, done)) for _ in range(2)]
        await settle()
        with pytest.raises(ProblemError):
            await take(capacity, done)
        done.set()
        await asyncio.gather(*tasks)
        return capacity.refused

    assert asyncio.run(run()) == 1


def test_waiting_ends() -> None:
    """A request that gets no place within the time is refused, and leaves the line to the next."""

    async def run() -> int:
        capacity = Capacity(at_once=1, waiting=1, wait_seconds=0.0)
        async with capacity.place():
            for _ in range(2):
                with pytest.raises(ProblemError):
                    async with capacity.place():
                        pass
        async with capacity.place():
            return capacity.refused

    assert asyncio.run(run()) == 2


def test_a_cancelled_request_leaves_the_line() -> None:
    """One that goes away while it waits keeps neither its place in the line nor one to work in."""

    async def run() -> int:
        capacity, done = Capacity(at_once=1, waiting=1, wait_seconds=FOREVER), asyncio.Event()
        first = asyncio.create_task(take(capacity, done))
        gone = asyncio.create_task(take(capacity, done))
        await settle()
        gone.cancel()
        await settle()
        second = asyncio.create_task(take(capacity, done))
        await settle()
        done.set()
        await asyncio.gather(first, second)
        return capacity.refused

    assert asyncio.run(run()) == 0
