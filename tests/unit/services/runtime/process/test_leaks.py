"""What a service's code leaves behind is told."""

from __future__ import annotations

import asyncio
from collections import Counter

from services.runtime.process import leaks
from services.runtime.process.leaks import LeakWatch, own_tasks, peak_megabytes
from tests.support.services.doubles import Lines


async def forgotten() -> None:
    await asyncio.Event().wait()


def test_tasks_that_pile_up_are_named_and_again_when_they_have_doubled(lines: Lines) -> None:
    """A line with function, place and number at the first hundred, and at twice as many; none at few."""

    async def run() -> None:
        watch, started = LeakWatch(megabytes=lambda: 50.0), []
        for more in (leaks.TASKS - 1, 1, 10, leaks.TASKS - 10):
            started += [asyncio.ensure_future(forgotten()) for _ in range(more)]
            await asyncio.sleep(0)
            watch.look(asyncio.all_tasks())
        for task in started:
            task.cancel()
        await asyncio.gather(*started, return_exceptions=True)

    asyncio.run(run())
    told = lines.all()
    assert [line["tasks"] for line in told] == [leaks.TASKS, 2 * leaks.TASKS]
    assert {line["message"] for line in told} == {"tasks pile up"}
    assert {line["function"] for line in told} == {"forgotten"}
    assert "test_leaks.py:" in told[0]["at"]


def test_memory_that_grows_is_told_and_again_when_it_has_doubled(lines: Lines) -> None:
    """Beyond the first reading; what the process needs anyway is not told."""
    readings = iter([80.0, 150.0, 210.0, 300.0, 345.0])
    watch = LeakWatch(megabytes=lambda: next(readings))
    for _ in range(5):
        watch.look([])
    assert [line["megabytes"] for line in lines.all()] == [210, 345]
    assert 1 < peak_megabytes() < 1e6


def test_tasks_of_the_runtime_and_of_libraries_are_not_the_service_s() -> None:
    """Only coroutines of its own code are counted."""

    async def run() -> Counter[tuple[str, str]]:
        tasks = [asyncio.ensure_future(asyncio.sleep(10)), asyncio.ensure_future(forgotten())]
        found = own_tasks(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return found

    [((function, _), count)] = asyncio.run(run()).items()
    assert (function, count) == ("forgotten", 1)


def test_it_looks_again_and_again() -> None:
    """Every ten seconds, until it is cancelled."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    async def run() -> None:
        await asyncio.gather(LeakWatch(sleep=sleep).watch_forever(), return_exceptions=True)

    asyncio.run(run())
    assert slept == [leaks.EVERY_SECONDS] * 3
