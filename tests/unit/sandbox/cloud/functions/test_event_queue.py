"""Asynchronous calls, with an executor that does as it is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from sandbox.cloud.functions.errors import FunctionArchiveError, ThrottledError
from sandbox.cloud.functions.events import EventQueue
from sandbox.cloud.functions.executor import DeployedFunction, FunctionExecutor
from sandbox.cloud.functions.invocation import Invocation, InvocationResult

FINE = InvocationResult(payload=b"{}", failed=False, version="1")
FAILED = InvocationResult(payload=b"{}", failed=True, version="1")


class Executor:
    """Gives what was prepared, one after the other, and then succeeds."""

    def __init__(self) -> None:
        self.prepared: list[InvocationResult | Exception] = []
        self.calls = 0
        self.follow_changes = threading.Condition()

    def invoke(self, deployed: DeployedFunction, invocation: Invocation) -> InvocationResult:
        with self.follow_changes:
            self.calls += 1
            self.follow_changes.notify_all()
            outcome = self.prepared.pop(0) if self.prepared else FINE
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def wait_for(self, calls: int) -> bool:
        with self.follow_changes:
            return self.follow_changes.wait_for(lambda: self.calls >= calls, 5)


@pytest.fixture
def executor() -> Executor:
    return Executor()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def queue(executor: Executor, pauses: list[float]) -> Iterator[EventQueue]:
    def after(seconds: float, work: Callable[[], None]) -> None:
        pauses.append(seconds)
        work()

    made = EventQueue(cast("FunctionExecutor", executor), retries=(60, 120), throttled=(1, 2, 4), after=after)
    yield made
    made.stop()


@pytest.fixture
def put(
    queue: EventQueue, deploy: Callable[..., DeployedFunction], invocation: Callable[..., Invocation]
) -> Callable[..., None]:
    return lambda **keys: queue.put(deploy(""), invocation(), **keys)


def test_successful_event_is_run_once(
    put: Callable[..., None], executor: Executor, pauses: list[float]
) -> None:
    """Nothing is tried again without need."""
    put()
    assert executor.wait_for(1)
    assert pauses == []


def test_failed_event_is_tried_three_times(
    put: Callable[..., None], executor: Executor, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """A minute and two minutes later, as Lambda does; then it is given up."""
    executor.prepared = [FAILED, FAILED, FAILED]
    put()
    assert executor.wait_for(3)
    assert pauses == [60, 120]


def test_number_of_attempts_follows_the_function(
    put: Callable[..., None], executor: Executor, pauses: list[float]
) -> None:
    """A function that allows no retry gets none."""
    executor.prepared = [FAILED, FAILED]
    put(attempts=1)
    put(attempts=1)
    assert executor.wait_for(2)
    assert pauses == []


def test_throttled_event_waits_with_growing_pauses(
    put: Callable[..., None], executor: Executor, pauses: list[float]
) -> None:
    """Throttling does not use up the attempts of a failing function."""
    throttled = ThrottledError("f", 1)
    executor.prepared = [throttled, throttled, FAILED, FINE]
    put()
    assert executor.wait_for(4)
    assert pauses == [1, 2, 60]


def test_event_that_can_never_run_is_lost_with_a_line(
    put: Callable[..., None], executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken archive is no reason to try again."""
    caplog.set_level(logging.WARNING)
    executor.prepared = [FunctionArchiveError("f", "file is not a zip file")]
    put()
    put()
    assert executor.wait_for(2)
    assert "an event for function f is lost" in caplog.text


def test_after_the_end_nothing_is_taken(
    queue: EventQueue, put: Callable[..., None], executor: Executor, caplog: Any
) -> None:
    """An event that comes while the sandbox stops is lost, and said to be."""
    caplog.set_level(logging.WARNING)
    queue.stop()
    put()
    assert executor.calls == 0
    assert "is lost" in caplog.text
