"""Steps side by side, and steps alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.engine.running.locks import Turns

SOON = 10.0
"""Seconds after which a test gives up waiting."""


def test_many_are_together() -> None:
    """Threads that may be side by side are."""
    turns, all_in = Turns(), threading.Barrier(4)

    def work() -> None:
        with turns.together():
            all_in.wait(SOON)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result(SOON)


def test_one_is_alone() -> None:
    """While one is alone nobody else is in, and it waits for those who are."""
    turns = Turns()
    inside, most, problems = [0], [0], list[str]()
    lock = threading.Lock()

    def together() -> None:
        with turns.together():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            with lock:
                inside[0] -= 1

    def alone() -> None:
        with turns.alone():
            if inside[0]:
                problems.append("not alone")
            inside[0] += 100
            inside[0] -= 100

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(alone if number % 5 == 0 else together) for number in range(500)]
        for future in futures:
            future.result(SOON)
    assert problems == []
    assert most[0] < 100


def test_waiting_to_be_alone_keeps_nobody_out() -> None:
    """What is under way may wait for a step that comes later, so that one is let in."""
    turns, later_done, done_alone = Turns(), threading.Event(), threading.Event()
    under_way = threading.Event()

    def first() -> None:
        with turns.together():
            under_way.set()
            assert later_done.wait(SOON)

    def only() -> None:
        with turns.alone():
            done_alone.set()

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(first)]
        assert under_way.wait(SOON)
        futures.append(pool.submit(only))
        with turns.together():
            assert not done_alone.is_set()
        later_done.set()
        for future in futures:
            future.result(SOON)
    assert done_alone.is_set()


def test_a_failure_ends_a_turn() -> None:
    """Whoever fails is out."""
    turns = Turns()
    for turn in (turns.together, turns.alone, turns.together, turns.alone):
        with pytest.raises(ZeroDivisionError), turn():
            1 / 0  # noqa: B018
