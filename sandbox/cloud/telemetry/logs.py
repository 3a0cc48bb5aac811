"""Ships log lines to CloudWatch Logs in the background, so that writing a line never waits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from sandbox.cloud.telemetry.batches import LogBatch, LogLine, split_into_batches

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.1
RETRY_SECONDS = 0.5


class MissingLogGroupError(Exception):
    """The log group of a batch does not exist; on AWS the awslogs driver fails for the same reason."""


class LogStore(Protocol):
    """Stores batches of log lines."""

    def append(self, batch: LogBatch) -> None:
        """Store a batch; raises MissingLogGroupError, or anything else for a failure that may pass."""
        ...


class LogShipper:
    """Takes lines from any thread and stores them in batches, in order, about ten times a second.

    Lines whose group does not exist are dropped, and the host's log says so, once for each group.
    """

    def __init__(
        self,
        store: LogStore,
        *,
        interval: float = INTERVAL_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ship to `store`; `interval` is how long lines may be collected, in seconds."""
        self._store = store
        self._interval = interval
        self._sleep = sleep
        self._lines: list[LogLine] = []
        self._changed = threading.Condition()
        self._taken = 0
        self._shipped = 0
        self._wanted = 0  # ship without delay up to this count
        self._stopping = False
        self._missing: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="log-shipper", daemon=True)

    def start(self) -> None:
        """Begin to ship."""
        self._thread.start()

    def put(self, group: str, stream: str, line: str, timestamp_ms: int) -> None:
        """Take one line, without its line end; returns at once. An empty line is no event and is dropped."""
        with self._changed:
            self._lines.append(LogLine(group=group, stream=stream, message=line, timestamp_ms=timestamp_ms))
            self._taken += 1
            if len(self._lines) == 1:  # the shipper waits for the first line, and then for no further one
                self._changed.notify_all()

    def flush(self, timeout: float = 5.0) -> bool:
        """Ship what has been put so far, now; False when that took longer than `timeout` seconds."""
        with self._changed:
            wanted = self._wanted = self._taken
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._shipped >= wanted, timeout)

    def stop(self, timeout: float = 5.0) -> None:
        """Ship everything, then end; the log says what could not be stored."""
        self.flush(timeout)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout)

    def _run(self) -> None:
        while lines := self._collect():
            for batch in split_into_batches(lines):
                self._ship(batch)
            with self._changed:
                self._shipped += len(lines)
                self._changed.notify_all()

    def _collect(self) -> list[LogLine]:
        """Wait for a line, and then a little longer for more; returns no lines when the shipper stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._stopping)
            self._changed.wait_for(lambda: self._wanted > self._shipped or self._stopping, self._interval)
            lines, self._lines = self._lines, []
            return lines

    def _ship(self, batch: LogBatch) -> None:
        while True:
            try:
                self._store.append(batch)
            except MissingLogGroupError:
                if batch.group not in self._missing:
                    self._missing.add(batch.group)
                    log.warning(
                        "log group %s does not exist: lines of %s are dropped", batch.group, batch.stream
                    )
                return
            except Exception as error:
                if self._stopping:
                    log.exception("%d log lines of %s are lost", len(batch.lines), batch.group)
                    return
                log.warning("log lines could not be stored, trying again: %s", error)
                self._sleep(RETRY_SECONDS)
            else:
                self._missing.discard(batch.group)
                return
