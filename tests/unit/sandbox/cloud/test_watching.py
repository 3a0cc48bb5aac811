"""When a watcher reads, reacts and tries again, on a clock that stands still unless somebody waits."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest

from sandbox.cloud.watching import MonotonicClock, ReadPace, Watcher

PACE = ReadPace(spacing=1, share=4, longest=10, retry=2, retry_unexpected=20)


class GoneError(Exception):
    """What the watcher is told to expect."""


class FakeClock:
    """Waiting for a moment takes no time and makes it that moment; without one, the watcher is stopped."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.idle: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.moment

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        await asyncio.sleep(0)  # what was put into the loop comes first
        if event.is_set():
            return
        if until is None:
            self.idle()
            await event.wait()
        else:
            self.moment = max(self.moment, until)


class Watched:
    """Something that is read, with a script of what each read and each reaction does."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.reads: list[float] = []
        self.reactions: list[tuple[float, str | None]] = []
        self.reading: list[Callable[[], None]] = []
        self.reacting: list[Callable[[], float | None]] = []
        self.events: list[str] = []
        self.watcher = Watcher[str](
            "tested",
            read=self.read,
            react=self.react,
            expected=(GoneError,),
            opening=self.open,
            closing=self.close,
            pace=PACE,
            clock=self.clock,
        )
        self.clock.idle = lambda: self.watcher.stop(0)

    def read(self) -> str:
        self.reads.append(self.clock.moment)
        if self.reading:
            self.reading.pop(0)()
        return f"read {len(self.reads)}"

    async def react(self, found: str | None) -> float | None:
        self.reactions.append((self.clock.moment, found))
        return self.reacting.pop(0)() if self.reacting else None

    async def open(self) -> None:
        self.events.append("opened")

    async def close(self) -> None:
        self.events.append("closed")

    def run(self) -> None:
        """Until there is nothing left to wait for."""
        asyncio.run(self.watcher.run())


@pytest.fixture
def watched() -> Watched:
    return Watched()


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_it_reads_once_and_then_waits_to_be_told(watched: Watched) -> None:
    """What is there at the start is read, and nothing is polled; it opens first and closes last."""
    watched.run()
    assert watched.reactions == [(0, "read 1")]
    assert watched.events == ["opened", "closed"]


def test_a_burst_of_changes_is_read_once_more(watched: Watched) -> None:
    """Changes told of during a read and a reaction lead to one more read, when the pause is over."""

    def told_often() -> None:
        for _ in range(50):
            watched.watcher.notify()

    watched.reading = [told_often]
    watched.reacting = [told_often]
    watched.run()
    assert watched.reads == [0, 1]
    assert watched.reactions == [(0, "read 1"), (0, None), (1, "read 2")]


def test_a_slow_read_is_followed_by_a_longer_pause(watched: Watched) -> None:
    """Four times as long as it took, at most the longest pause."""

    def slow(seconds: float) -> Callable[[], None]:
        def read() -> None:
            watched.clock.moment += seconds
            watched.watcher.notify()

        return read

    watched.reading = [slow(2), slow(100)]
    watched.run()
    assert watched.reads == [0, 2 + 8, 110 + 10]
    assert [PACE.pause(took) for took in (0, 1, 2.5, 3)] == [1, 4, 10, 10]


def test_waking_reacts_without_reading(watched: Watched) -> None:
    """A reaction that nobody needs to read for gets nothing to take over."""
    watched.reacting = [watched.watcher.wake]
    watched.run()
    assert watched.reads == [0]
    assert watched.reactions == [(0, "read 1"), (0, None)]


def test_a_reaction_says_when_it_wants_to_be_repeated(watched: Watched) -> None:
    """It is repeated at that moment if nothing happens before."""
    watched.reacting = [lambda: 7.5]
    watched.run()
    assert watched.reactions == [(0, "read 1"), (7.5, None)]


def test_an_expected_failure_is_tried_again_and_the_reaction_still_happens(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """What was read before is still to be looked after meanwhile; the log has one line and no trace."""
    caplog.set_level(logging.INFO)
    watched.reading = [failing(GoneError("deleted")), failing(GoneError("deleted"))]
    watched.run()
    assert watched.reactions == [(0, None), (2, None), (4, "read 3")]
    assert [record.exc_info for record in caplog.records] == [None, None]
    assert "tested could not read, and tries again: deleted" in caplog.text


@pytest.mark.parametrize("part", ["read", "reaction"])
def test_any_other_failure_is_logged_and_tried_again_with_a_fresh_read(
    watched: Watched, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The loop outlives it, whichever part failed: nobody would tell of the change a second time."""
    if part == "read":
        watched.reading = [failing(KeyError("unforeseen"))]
    else:
        watched.reacting = [failing(KeyError("unforeseen"))]
    watched.run()
    assert watched.reads == [0, 20]
    assert watched.reactions[-1] == (20, "read 2")
    assert "tested failed" in caplog.text
    assert "KeyError" in caplog.text


def test_it_closes_although_it_could_not_open() -> None:
    """`start` returns, nothing is read, and the failure is the thread's own."""
    events: list[str] = []

    async def fail() -> None:
        raise RuntimeError("no port")

    async def close() -> None:
        events.append("closed")

    async def react(_: None) -> None:
        events.append("reacted")

    watcher = Watcher[None]("tested", read=lambda: None, react=react, opening=fail, closing=close)
    with pytest.raises(RuntimeError, match="no port"):
        asyncio.run(watcher.run(lambda: events.append("told")))
    assert events == ["told", "closed"]


def test_it_runs_in_a_thread_of_its_own_until_it_is_stopped() -> None:
    """With the real clock: told from this thread it reads again; functions are called in its loop."""
    reads = threading.Semaphore(0)
    called: list[str] = []
    ended = threading.Event()

    async def react(_: None) -> None:
        return None

    async def close() -> None:
        ended.set()

    watcher = Watcher[None](
        "tested",
        read=reads.release,
        react=react,
        closing=close,
        pace=ReadPace(spacing=0),
        clock=MonotonicClock(),
    )
    watcher.call(called.append, "before it runs")
    watcher.start()
    assert reads.acquire(timeout=60)
    watcher.call(called.append, threading.current_thread().name)
    watcher.notify()
    assert reads.acquire(timeout=60)
    watcher.stop(60)
    watcher.stop(60)
    watcher.notify()
    assert ended.is_set()
    assert called == [threading.current_thread().name]
