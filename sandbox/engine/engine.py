"""The engine: previews and updates one stack.

An update goes through these stages in order:

1. redo      what a killed run had begun is done again;
2. protect   where something is protected, a preview makes sure that it may stay; nothing new is done so far;
3. register  the program registers its resources; each is compared and brought to its goal, and nothing is
             deleted yet, except what has to go before its own replacement; then its outputs are recorded;
4. delete    what was replaced, and what the program no longer asks for, is deleted, dependents first;
5. close     the state is written as one checkpoint.

A failure in one stage leaves out the next, but never the last. A preview runs the same program against a
registrar that only predicts (preview.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sandbox.engine.errors import EngineError, ProgramError
from sandbox.engine.planning.steps import StackPlan, Step
from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.program.program import Program
from sandbox.engine.provider import Provider
from sandbox.engine.running.preview import Declared, PreviewRegistrar
from sandbox.engine.running.progress import Progress, Watcher
from sandbox.engine.running.refresh import Observation
from sandbox.engine.running.registrar import Registrar
from sandbox.engine.running.update import UpdateRegistrar
from sandbox.engine.state.entries import ResourceRecorded
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import PropertyMap, reveal_properties


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateResult:
    """What an update did: the steps taken, the stack's outputs with secrets bare, and the seconds it took.

    `leftovers` are the URNs that still wait for deletion, where the update was asked to keep them.
    """

    plan: StackPlan
    outputs: PropertyMap
    seconds: float
    leftovers: tuple[str, ...] = ()


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

    def preview(
        self,
        program: Program,
        *,
        predicted: Mapping[str, PropertyMap] | None = None,
        observed: Observation | None = None,
    ) -> tuple[StackPlan, PropertyMap]:
        """Say what an update would do, and what the stack's outputs would be; nothing is changed.

        `predicted` gives the outputs of stacks previewed before this one, in place of the recorded ones;
        `observed` is what was found of this one and is not recorded yet.
        """
        state = self._store.load(program.stack)
        state.apply(observed.entries if observed else ())
        preview = self._preview(program, state, predicted or {})
        return preview.plan(), preview.outputs

    def declared(
        self, program: Program, *, predicted: Mapping[str, PropertyMap] | None = None
    ) -> tuple[tuple[Declared, ...], PropertyMap]:
        """What a program asks for, and what the stack's outputs would be; nothing is changed."""
        preview = self._preview(program, self._store.load(program.stack), predicted or {})
        return preview.declared, preview.outputs

    def _preview(
        self, program: Program, state: StackState, known: Mapping[str, PropertyMap]
    ) -> PreviewRegistrar:
        def outputs_of(name: str) -> PropertyMap | None:
            return known[name] if name in known else self._recorded(name)

        preview = PreviewRegistrar(program.stack, state, self._provider, outputs_of)
        self._run(program, preview, preview=True, log=self._log)
        return preview

    def up(
        self,
        program: Program,
        *,
        watch: Watcher = _ignore,
        cancelled: threading.Event | None = None,
        keep_leftovers: bool = False,
    ) -> UpdateResult:
        """Bring a stack to what its program says.

        With `keep_leftovers`, stage 4 is left to a later update: what other stacks use can go only once they
        have let go of it. Raises the first error met, after the steps under way have ended and the state is
        written; InterruptedRunError once `cancelled` is set.
        """
        started = time.monotonic()
        with self._opened(program.stack, watch, cancelled) as (journal, update):
            before = journal.snapshot().outputs()
            self._refuse_protected_deletions(program, journal)
            self._run(program, update, preview=False, log=self._log)
            update.record_outputs()
            if not keep_leftovers:
                update.delete_leftovers()
            leftovers = update.leftovers
        return replace(self._result(program.stack, update.steps, before, started), leftovers=leftovers)

    def destroy(
        self, stack: str, *, watch: Watcher = _ignore, cancelled: threading.Event | None = None
    ) -> None:
        """Delete every resource of a stack, dependents first, the protected ones, too; then forget the stack.

        Raises the first error met, after which what is left is recorded still.
        """
        with self._opened(stack, watch, cancelled) as (journal, update):
            for resource in journal.snapshot().resources.values():
                if resource.protect:
                    journal.record(ResourceRecorded(resource=replace(resource, protect=False)))
            update.delete_leftovers()
        self._store.forget(stack)

    def _recorded(self, stack: str) -> PropertyMap | None:
        return self._store.load(stack).outputs()

    @contextmanager
    def _opened(
        self, stack: str, watch: Watcher, cancelled: threading.Event | None
    ) -> Iterator[tuple[Journal, UpdateRegistrar]]:
        """Open a stack for an update: what was cut off is redone first, and the state is written last."""
        journal = self._store.open(stack)
        try:
            update = UpdateRegistrar(
                journal, self._provider, self._recorded, watch, cancelled or threading.Event()
            )
            update.redo_pending()
            yield journal, update
        finally:
            journal.close()

    def _refuse_protected_deletions(self, program: Program, journal: Journal) -> None:
        """Raise ProtectedResourceError if the program would have something protected go."""
        state = journal.snapshot()
        if not any(resource.protect for resource in state.resources.values()):
            return
        preview = PreviewRegistrar(program.stack, state, self._provider, self._recorded)
        self._run(program, preview, preview=True, log=_discard)
        preview.plan()

    def _run(
        self, program: Program, registrar: Registrar, *, preview: bool, log: Callable[[str, str], None]
    ) -> None:
        monitor = EngineMonitor(
            project=program.project, stack=program.stack, registrar=registrar, root=program.root
        )
        try:
            run(program, monitor, preview=preview, log=log)
        except Exception:
            if monitor.failure is None:
                raise  # the program's own error, in its own words
        failure = monitor.failure
        if failure is None:
            return
        if isinstance(failure, EngineError) or not isinstance(failure, Exception):
            raise failure
        raise ProgramError(program.stack, f"{type(failure).__name__}: {failure}") from failure

    def _result(
        self, stack: str, steps: tuple[Step, ...], before: PropertyMap | None, started: float
    ) -> UpdateResult:
        outputs = self._store.outputs(stack) or {}
        return UpdateResult(
            plan=StackPlan(
                stack=stack, steps=steps, outputs_changed=reveal_properties(before or {}) != outputs
            ),
            outputs=outputs,
            seconds=time.monotonic() - started,
        )
