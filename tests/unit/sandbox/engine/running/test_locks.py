"""A lock that many share or one has alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.engine.running.locks import SharedExclusiveLock

SOON = 10.0
"""Seconds after which a test gives up waiting."""


def test_many_share_it() -> None:
    """Threads that may be side by side are."""
    lock, all_in = SharedExclusiveLock(), threading.Barrier(4)

    def work() -> None:
        with lock.shared():
            all_in.wait(SOON)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result(SOON)


def test_one_has_it_alone() -> None:
    """Held exclusively it is held by no other thread, and that waits for those that share it."""
    lock = SharedExclusiveLock()
    inside, most, problems = [0], [0], list[str]()
    counting = threading.Lock()

    def shared() -> None:
        with lock.shared():
            with counting:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            with counting:
                inside[0] -= 1

    def exclusive() -> None:
        with lock.exclusive():
            if inside[0]:
                problems.append("not alone")
            inside[0] += 100
            inside[0] -= 100

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(exclusive if number % 5 == 0 else shared) for number in range(500)]
        for future in futures:
            future.result(SOON)
    assert problems == []
    assert most[0] < 100


def test_waiting_for_it_alone_lets_others_share_it() -> None:
    """What is under way may wait for a step that comes later, so that one is let in."""
    lock, later_done, done_alone = SharedExclusiveLock(), threading.Event(), threading.Event()
    under_way = threading.Event()

    def first() -> None:
        with lock.shared():
            under_way.set()
            assert later_done.wait(SOON)

    def only() -> None:
        with lock.exclusive():
            done_alone.set()

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(first)]
        assert under_way.wait(SOON)
        futures.append(pool.submit(only))
        with lock.shared():
            assert not done_alone.is_set()
        later_done.set()
        for future in futures:
            future.result(SOON)
    assert done_alone.is_set()


def test_a_failure_ends_a_hold() -> None:
    """A thread that fails lets go of it."""
    lock = SharedExclusiveLock()
    for hold in (lock.shared, lock.exclusive, lock.shared, lock.exclusive):
        with pytest.raises(ZeroDivisionError), hold():
            1 / 0  # noqa: B018
