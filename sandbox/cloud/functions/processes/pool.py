"""Keeps the processes of one function: as many as its invocations need, and warm between them.

Lambda starts another environment for every invocation that finds none free. On one small machine twenty
starts at once would take seconds each, so an invocation first waits a moment for a process that may soon be
free, and starts follow each other.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.errors import ThrottledError
from sandbox.cloud.functions.processes.process import FunctionProcess

Launch = Callable[[], FunctionProcess]

_LOOK_AGAIN = 0.05
"""Seconds between two looks at starts under way: their end is not announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait before another process is started, in seconds.

    An invocation waits `busy` for a process at work, or `starting` if at least `starts` processes are being
    started. A process that was idle for `idle` seconds is stopped when another one becomes idle.
    """

    busy: float = 0.1
    starting: float = 2.0
    starts: int = max(1, (os.cpu_count() or 1) // 2)
    idle: float = 60.0


class Pool:
    """Lends processes to invocations; a process serves one configuration and one invocation at a time."""

    def __init__(
        self, name: str, *, patience: Patience | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`name` is the function's; the pool begins without processes."""
        self._name = name
        self._patience = patience or Patience()
        self._clock = clock
        self._idle: list[FunctionProcess] = []
        self._busy: set[FunctionProcess] = set()
        self._launching = 0
        self._calls = 0
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def lend(
        self, configuration: FunctionConfiguration, launch: Launch, limit: int
    ) -> Iterator[FunctionProcess]:
        """Lend a warm process, or one made by `launch`; raises ThrottledError beyond `limit` at once."""
        with self._changed:
            if self._calls >= limit or self._closed:
                raise ThrottledError(self._name, limit)
            self._calls += 1
        try:
            process = self._take(configuration, launch)
            try:
                yield process
            finally:
                self._give_back(process)
        finally:
            with self._changed:
                self._calls -= 1

    def warm(self, configuration: FunctionConfiguration, launch: Launch) -> None:
        """Start a process for a configuration, unless there is one."""
        with self._changed:
            known = (*self._idle, *self._busy)
            if self._closed or any(p.configuration == configuration and p.alive for p in known):
                return
        self._keep(launch())

    def retain(self, fingerprints: Collection[str]) -> None:
        """Stop the idle processes of all other configurations; busy ones end after their invocation."""
        with self._changed:
            gone = [p for p in self._idle if p.configuration.fingerprint not in fingerprints]
            self._idle = [p for p in self._idle if p not in gone]
            for process in self._busy:
                if process.configuration.fingerprint not in fingerprints:
                    process.retired = True
        for process in gone:
            process.stop()

    def close(self, grace: float = 0.5) -> None:
        """Stop every process; invocations under way end with an error."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = tuple(self._busy)
            self._changed.notify_all()
        for process in busy:
            process.kill()
        for process in idle:
            process.stop(grace)

    def status(self) -> list[dict[str, object]]:
        """The processes that live, and whether each is busy."""
        with self._changed:
            known = [(p, p in self._busy) for p in (*self._idle, *self._busy)]
        return [{"pid": process.pid, "busy": busy} for process, busy in known if process.alive]

    def _take(self, configuration: FunctionConfiguration, launch: Launch) -> FunctionProcess:
        began = self._clock()
        ended: list[FunctionProcess] = []
        with self._changed:
            while True:
                found = self._find_idle(configuration, ended)
                if found is not None:
                    self._busy.add(found)
                    break
                pause = self._pause(configuration, self._clock() - began)
                if pause <= 0 or self._closed:
                    self._launching += 1
                    break
                self._changed.wait(min(pause, _LOOK_AGAIN))
        for process in ended:
            process.stop()
        return found if found is not None else self._start(launch)

    def _pause(self, configuration: FunctionConfiguration, waited: float) -> float:
        """Seconds that an invocation still waits before another process is started; 0 or less: none."""
        own = [process for process in self._busy if process.configuration == configuration and process.alive]
        if not own and not self._launching:
            return 0
        starting = self._launching + sum(process.starting for process in own)
        patience = self._patience
        return (patience.starting if starting >= patience.starts else patience.busy) - waited

    def _find_idle(
        self, configuration: FunctionConfiguration, ended: list[FunctionProcess]
    ) -> FunctionProcess | None:
        """Take the process that was used last; processes that have died are added to `ended`."""
        for process in reversed(self._idle):
            if process.configuration == configuration:
                self._idle.remove(process)
                if process.alive:
                    return process
                ended.append(process)
        return None

    def _start(self, launch: Launch) -> FunctionProcess:
        try:
            process = launch()
        except BaseException:
            with self._changed:
                self._launching -= 1
                self._changed.notify_all()
            raise
        with self._changed:
            self._launching -= 1
            self._busy.add(process)
        return process

    def _give_back(self, process: FunctionProcess) -> None:
        with self._changed:
            self._busy.discard(process)
        self._keep(process)

    def _keep(self, process: FunctionProcess) -> None:
        now = self._clock()
        with self._changed:
            keep = process.alive and not process.retired and not self._closed
            gone = [] if keep else [process]
            if keep:
                process.idle_since = now
                gone = [p for p in self._idle if now - p.idle_since > self._patience.idle]
                self._idle = [p for p in self._idle if p not in gone]
                self._idle.append(process)
            self._changed.notify_all()
        for ended in gone:
            ended.stop()
