"""The registrar of an update: decides each step and takes it, with a record before and after."""

from __future__ import annotations

import threading
from dataclasses import replace

from sandbox.engine.errors import MissingResourceError, ProtectedResourceError
from sandbox.engine.planning import planner, record
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import Properties, Provider
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.locks import SharedExclusiveLock
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.registrar import (
    RegisterResult,
    StackOutputs,
    find_recorded,
    resolve_stack_reference,
)
from sandbox.engine.running.removals import Removals
from sandbox.engine.running.run_context import RunContext, Watcher
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import JournalEntry, PendingDelete, Recorded
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import STACK_TYPE, type_of
from sandbox.engine.values.wire import Wire


class UpdateRegistrar:
    """Carries out one stack's update; every step is journaled, so that a kill at any point loses nothing.

    Steps are taken side by side. A replacement that deletes first is alone while it deletes: it takes with
    it what depends on the old resource, and nobody else may be at work on that.
    """

    def __init__(
        self,
        journal: Journal,
        provider: Provider,
        outputs: StackOutputs,
        watch: Watcher,
        cancelled: threading.Event,
    ) -> None:
        """Change the world through `provider`, and the state through `journal`.

        Once `cancelled` is set no new step begins.
        """
        self._journal = journal
        self._provider = provider
        self._stack_outputs = outputs
        self._context = RunContext(watch, cancelled)
        self._operations = Operations(journal, provider)
        self._interrupted = InterruptedRun(journal, self._operations, self._context)
        self._removals = Removals(journal, provider, self._operations, self._interrupted, self._context)
        self._lock = SharedExclusiveLock()
        self._registered_urns: set[str] = set()
        self._outputs: tuple[str, Wire] | None = None

    def redo_pending(self) -> None:
        """Redo what a killed run had begun, under the same operation ids."""
        self._interrupted.redo()

    def record_outputs(self) -> None:
        """Record the stack's outputs once the program has run well: a failed one leaves those of the last."""
        if self._outputs is not None:
            self._record_outputs(*self._outputs)

    def delete_leftovers(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        self._removals.delete_leftovers()

    @property
    def leftovers(self) -> tuple[str, ...]:
        """The URNs of what still waits for deletion."""
        return self._removals.leftovers()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps decided so far."""
        return self._context.ledger.steps

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Bring one resource to its goal."""
        self._context.ledger.claim(goal.urn)
        with self._lock.shared():
            outcome = self._register_custom(goal) if goal.custom else self._register_component(goal)
            if isinstance(outcome, RegisterResult):
                self._registered_urns.add(goal.urn)
                return outcome
        with self._context.reporting(outcome.step):
            with self._lock.exclusive():
                self._removals.delete_before_replace(goal.urn, frozenset(self._registered_urns))
            with self._lock.shared():
                made = self._operations.create(record.draft_resource(outcome.goal))
                self._registered_urns.add(goal.urn)
        return _registered(made)

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look up a resource that the program does not own; raises MissingResourceError."""
        self._begin_reading(goal)
        kind = self._provider.resource_type(goal.type)
        state = self._provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        resource = record.complete_resource(record.draft_resource(goal), state, kind.secret_outputs)
        self._record_external(resource)
        return _registered(resource)

    def read_stack(self, goal: ResourceGoal) -> Wire:
        """Read another stack's outputs."""
        self._begin_reading(goal)
        outputs = resolve_stack_reference(self._stack_outputs, goal)
        draft = record.draft_resource(goal)
        self._record_external(replace(draft, id=goal.import_id, outputs={**goal.inputs, "outputs": outputs}))
        return outputs

    def register_outputs(self, urn: str, outputs: Wire) -> None:
        """Record a component's outputs; the stack's own wait for `record_outputs`."""
        if type_of(urn) == STACK_TYPE:
            self._outputs = (urn, outputs)
        else:
            self._record_outputs(urn, outputs)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function."""
        return self._provider.invoke(token, arguments)

    def _register_component(self, goal: ResourceGoal) -> RegisterResult:
        old = find_recorded(goal, self._context.ledger, self._journal.find)
        self._context.ledger.add(planner.component_step(goal, old))
        if old is None:
            self._journal.record(Recorded(resource=record.draft_resource(goal)))
        else:
            self._put_if_different(record.unchanged_resource(goal, old, ()), old)
        return RegisterResult(id="", outputs={})

    def _register_custom(self, goal: ResourceGoal) -> RegisterResult | _DeleteFirst:
        old = find_recorded(goal, self._context.ledger, self._journal.find)
        kind = self._provider.resource_type(goal.type)
        planner.check_properties(goal, kind)
        goal = planner.keep_ignored_inputs(goal, old)
        step = planner.decide_step(goal, old, kind)
        shown = self._interrupted.merged_with_earlier(step)
        self._context.ledger.add(shown)
        if old is not None and step.action is StepAction.SAME:
            kept = record.unchanged_resource(goal, old, kind.secret_outputs)
            self._put_if_different(kept, old)
            return _registered(kept)
        self._context.refuse_when_cancelled()
        if old is not None and old.urn != goal.urn:
            # renamed first, so that a step cut off finds what it is about under the URN that it has
            renamed = replace(old, urn=goal.urn, type=goal.type)
            self._journal.record(Recorded(resource=renamed, formerly=old.urn))
            old = renamed
        if step.delete_first:
            return _DeleteFirst(step=shown, goal=goal)
        with self._context.reporting(shown):
            return _registered(self._take(step, goal, old))

    def _take(self, step: Step, goal: ResourceGoal, old: ResourceState | None) -> ResourceState:
        draft = record.draft_resource(goal)
        if step.action is StepAction.UPDATE and old is not None:
            return self._operations.update(replace(draft, id=old.id, created=old.created), old)
        if step.action is StepAction.CREATE and goal.import_id:
            return self._operations.adopt(goal, draft)
        return self._operations.create(draft)

    def _begin_reading(self, goal: ResourceGoal) -> None:
        self._context.ledger.claim(goal.urn)
        self._context.ledger.add(Step(action=StepAction.READ, urn=goal.urn))

    def _record_external(self, resource: ResourceState) -> None:
        """Record what was read; one of the program's own that had its URN is no longer wanted."""
        resource = replace(resource, external=True)
        old = self._journal.get(resource.urn)
        gone: list[JournalEntry] = []
        if old is not None:
            resource = replace(resource, created=old.created, modified=old.modified)
            if not old.external and old.id != resource.id:
                if old.protect:
                    raise ProtectedResourceError(old.urn, "replaced")
                gone = [PendingDelete(resource=old)]
        if resource != old:
            self._journal.record(*gone, Recorded(resource=resource))

    def _record_outputs(self, urn: str, outputs: Wire) -> None:
        resource = self._journal.get(urn)
        if resource is not None and resource.outputs != outputs:
            self._journal.record(Recorded(resource=replace(resource, outputs=outputs)))

    def _put_if_different(self, resource: ResourceState, old: ResourceState) -> None:
        if resource != old:
            self._journal.record(Recorded(resource=resource, formerly=old.urn))


class _DeleteFirst:
    """A replacement that has to delete first, and therefore alone."""

    def __init__(self, *, step: Step, goal: ResourceGoal) -> None:
        self.step = step
        self.goal = goal


def _registered(resource: ResourceState) -> RegisterResult:
    return RegisterResult(id=resource.id, outputs=resource.outputs)
