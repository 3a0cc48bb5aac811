"""The shipper, with a store in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.cloud.telemetry.batches import LogBatch
from sandbox.cloud.telemetry.log_sink import LogSink
from sandbox.cloud.telemetry.logs import LogShipper, MissingLogGroupError
from tests.support.waiting import wait_until


class Store:
    """Keeps messages; can fail a number of times, or lack groups."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.calls = 0
        self.failures = 0
        self.groups = {"g"}

    def append(self, batch: LogBatch) -> None:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise ConnectionError("not yet")
        if batch.group not in self.groups:
            raise MissingLogGroupError(batch.group)
        self.messages += [line.message for line in batch.lines]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def shipper(store: Store) -> Iterator[LogShipper]:
    made = LogShipper(store, interval=0.05, sleep=lambda _: None)
    made.start()
    yield made
    made.stop()


def test_lines_arrive_in_order_without_being_asked_for(shipper: LogShipper, store: Store) -> None:
    """What tasks and functions put into their sink is stored soon, in the order in which it was put."""
    sink: LogSink = shipper
    for number in range(100):
        sink.put("g", "s", str(number), 1000)
    wait_until(lambda: len(store.messages) == 100)
    assert store.messages == [str(number) for number in range(100)]
    assert store.calls <= 3


def test_flush_waits_until_everything_is_stored(shipper: LogShipper, store: Store) -> None:
    """After a flush that returns True the lines are there."""
    shipper.put("g", "s", "a", 1)
    assert shipper.flush()
    assert store.messages == ["a"]


def test_stop_loses_nothing(store: Store) -> None:
    """Lines put from many threads just before the end are all stored."""
    shipper = LogShipper(store, interval=10)
    shipper.start()

    def put_many() -> None:
        for _ in range(500):
            shipper.put("g", "s", "x", 1)

    threads = [threading.Thread(target=put_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    shipper.stop()
    assert len(store.messages) == 2000


def test_passing_failure_is_tried_again(shipper: LogShipper, store: Store) -> None:
    """A store that fails for a while gets the same lines again, in order."""
    store.failures = 3
    shipper.put("g", "s", "a", 1)
    shipper.put("g", "s", "b", 1)
    assert shipper.flush()
    assert store.messages == ["a", "b"]


def test_missing_group_is_said_once_and_heals(
    shipper: LogShipper, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines for a group that does not exist are dropped and the log says so once; later ones are stored."""
    for _ in range(3):
        shipper.put("other", "s", "lost", 1)
        assert shipper.flush()
    assert caplog.text.count("log group other does not exist") == 1
    store.groups.add("other")
    shipper.put("other", "s", "kept", 1)
    assert shipper.flush()
    assert store.messages == ["kept"]


def test_store_that_never_recovers_does_not_hang_the_end(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """The end is bounded, and what could not be stored is said."""
    store.failures = 10**9
    shipper = LogShipper(store, interval=0.01, sleep=lambda _: time.sleep(0.01))
    shipper.start()
    shipper.put("g", "s", "a", 1)
    shipper.stop(timeout=0.2)
    assert "1 log lines of g are lost" in caplog.text
