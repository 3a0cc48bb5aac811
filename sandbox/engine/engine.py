"""The engine: previews, updates and destroys one stack.

An update goes through these stages in order:

1. finish    what a killed run had begun is done again (`Execution.finish_pending`);
2. run       the program registers its resources; each is compared and brought to its goal, and nothing is
             deleted yet, except what has to make way for its own replacement;
3. clear     what was replaced, and what the program no longer asks for, is deleted, dependents first;
4. close     the state is written as one checkpoint.

A failure in one stage leaves out the next, but never the last. A preview runs the same program against a
registrar that only predicts (forecast.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.engine.errors import ProgramError
from sandbox.engine.execution import Execution, Progress, Watcher
from sandbox.engine.forecast import Forecast
from sandbox.engine.monitor import EngineMonitor
from sandbox.engine.program import Program, run
from sandbox.engine.provider import Provider
from sandbox.engine.registrar import Registrar
from sandbox.engine.steps import Plan, Step
from sandbox.engine.store import StateStore
from sandbox.engine.wire import Wire, reveal_properties
from sandbox.errors import SandboxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an update did: the steps taken, the stack's outputs with secrets bare, and the seconds it took."""

    plan: Plan
    outputs: Wire
    seconds: float


def _ignore(_progress: Progress) -> None:
    return None


def _discard(_severity: str, _message: str) -> None:
    return None


class Engine:
    """Runs stacks against one provider, keeping their states in one store."""

    def __init__(
        self,
        provider: Provider,
        store: StateStore,
        *,
        log: Callable[[str, str], None] = _discard,
    ) -> None:
        """Take the world to change, the place for states, and where a program's log messages go."""
        self._provider = provider
        self._store = store
        self._log = log

    def preview(self, program: Program, *, predicted: Mapping[str, Wire] | None = None) -> tuple[Plan, Wire]:
        """Say what an update would do, and what the stack's outputs would be; nothing is changed.

        `predicted` gives the outputs of stacks previewed before this one, in place of the recorded ones.
        """
        known = predicted or {}
        state = self._store.load(program.stack)
        forecast = Forecast(
            program.stack, state, self._provider, lambda name: known.get(name, self._recorded(name))
        )
        self._run(program, forecast, preview=True)
        return forecast.plan(), forecast.outputs

    def up(
        self,
        program: Program,
        *,
        watch: Watcher = _ignore,
        cancelled: threading.Event | None = None,
    ) -> Result:
        """Bring a stack to what its program says.

        Raises the first error met, after the steps under way have ended and the state is written;
        InterruptedRunError once `cancelled` is set.
        """
        started = time.monotonic()
        journal = self._store.open(program.stack)
        try:
            execution = Execution(
                journal, self._provider, self._recorded, watch, cancelled or threading.Event()
            )
            execution.finish_pending()
            self._run(program, execution, preview=False)
            execution.delete_leftovers()
        finally:
            journal.close()
        return self._result(program.stack, execution.steps, started)

    def destroy(self, stack: str, *, watch: Watcher = _ignore) -> Result:
        """Delete every resource of a stack, dependents first, and then its state."""
        started = time.monotonic()
        journal = self._store.open(stack)
        try:
            execution = Execution(journal, self._provider, self._recorded, watch, threading.Event())
            execution.finish_pending()
            execution.delete_leftovers()
        finally:
            journal.close()
        self._store.forget(stack)
        return self._result(stack, execution.steps, started)

    def outputs(self, stack: str) -> Wire | None:
        """The recorded outputs of a stack with secrets bare, or None when it was never deployed."""
        recorded = self._recorded(stack)
        return None if recorded is None else reveal_properties(recorded)

    def _recorded(self, stack: str) -> Wire | None:
        return self._store.load(stack).outputs()

    def _run(self, program: Program, registrar: Registrar, *, preview: bool) -> None:
        monitor = EngineMonitor(project=program.project, stack=program.stack, registrar=registrar)
        try:
            run(program, monitor, preview=preview, log=self._log)
        except Exception as error:
            if monitor.failure is None:
                raise  # the program's own error, in its own words
            if isinstance(monitor.failure, SandboxError):
                raise monitor.failure from error
            detail = f"{type(monitor.failure).__name__}: {monitor.failure}"
            raise ProgramError(program.stack, detail) from monitor.failure

    def _result(self, stack: str, steps: tuple[Step, ...], started: float) -> Result:
        return Result(
            plan=Plan(stack=stack, steps=steps),
            outputs=self.outputs(stack) or {},
            seconds=time.monotonic() - started,
        )
