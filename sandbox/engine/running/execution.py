"""The registrar of an update: decides each step and takes it, with a record before and after."""

from __future__ import annotations

import threading
from dataclasses import replace

from sandbox.engine.errors import MissingResourceError, ProtectedResourceError
from sandbox.engine.planning import planner, record
from sandbox.engine.planning.steps import Action, Step
from sandbox.engine.provider import Properties, Provider
from sandbox.engine.running.interrupted import Legacy
from sandbox.engine.running.locks import Turns
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.registrar import Registered, StackOutputs, recorded_as, referenced
from sandbox.engine.running.removals import Removals
from sandbox.engine.running.run_context import Course, Progress, Watcher
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import Condemned, Event, Put
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.resource import Goal, Resource
from sandbox.engine.values.urn import STACK_TYPE, type_of
from sandbox.engine.values.wire import Wire

__all__ = ["Execution", "Progress", "Watcher"]


class Execution:
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
        self._course = Course(watch, cancelled)
        self._operations = Operations(journal, provider)
        self._legacy = Legacy(journal, self._operations, self._course)
        self._removals = Removals(journal, provider, self._operations, self._legacy, self._course)
        self._turns = Turns()
        self._settled: set[str] = set()
        self._outputs: tuple[str, Wire] | None = None

    def finish_pending(self) -> None:
        """Do again what a killed run had begun, under the same operation ids."""
        self._legacy.finish()

    def record_outputs(self) -> None:
        """Record the stack's outputs once the program has run well: a failed one leaves those of the last."""
        if self._outputs is not None:
            self._record_outputs(*self._outputs)

    def delete_leftovers(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        self._removals.clear()

    @property
    def leftovers(self) -> tuple[str, ...]:
        """The URNs of what still waits for deletion."""
        return self._removals.waiting()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps decided so far."""
        return self._course.ledger.steps

    def register(self, goal: Goal) -> Registered:
        """Bring one resource to its goal."""
        self._course.ledger.claim(goal.urn)
        with self._turns.together():
            outcome = self._register_custom(goal) if goal.custom else self._register_component(goal)
            if isinstance(outcome, Registered):
                self._settled.add(goal.urn)
                return outcome
        with self._course.shown(outcome.step):
            with self._turns.alone():
                self._removals.make_way(goal.urn, frozenset(self._settled))
            with self._turns.together():
                made = self._operations.create(record.drafted(outcome.goal))
                self._settled.add(goal.urn)
        return _registered(made)

    def read(self, goal: Goal) -> Registered:
        """Look up a resource that the program does not own; raises MissingResourceError."""
        self._begin_reading(goal)
        kind = self._provider.resource_type(goal.type)
        state = self._provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        resource = record.done(record.drafted(goal), state, kind.secret_outputs)
        self._record_external(resource)
        return _registered(resource)

    def read_stack(self, goal: Goal) -> Wire:
        """Read another stack's outputs."""
        self._begin_reading(goal)
        outputs = referenced(self._stack_outputs, goal)
        draft = record.drafted(goal)
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

    def _register_component(self, goal: Goal) -> Registered:
        old = recorded_as(goal, self._course.ledger, self._journal.find)
        self._course.ledger.add(planner.component_step(goal, old))
        if old is None:
            self._journal.record(Put(resource=record.drafted(goal)))
        else:
            self._put_if_different(record.kept(goal, old, ()), old)
        return Registered(id="", outputs={})

    def _register_custom(self, goal: Goal) -> Registered | _MakeWay:
        old = recorded_as(goal, self._course.ledger, self._journal.find)
        kind = self._provider.resource_type(goal.type)
        planner.check(goal, kind)
        goal = planner.settle(goal, old)
        step = planner.decide(goal, old, kind)
        shown = self._legacy.told(step)
        self._course.ledger.add(shown)
        if old is not None and step.action is Action.SAME:
            kept = record.kept(goal, old, kind.secret_outputs)
            self._put_if_different(kept, old)
            return _registered(kept)
        self._course.refuse_when_cancelled()
        if old is not None and old.urn != goal.urn:
            # renamed first, so that a step cut off finds what it is about under the URN that it has
            renamed = replace(old, urn=goal.urn, type=goal.type)
            self._journal.record(Put(resource=renamed, formerly=old.urn))
            old = renamed
        if step.delete_first:
            return _MakeWay(step=shown, goal=goal)
        with self._course.shown(shown):
            return _registered(self._take(step, goal, old))

    def _take(self, step: Step, goal: Goal, old: Resource | None) -> Resource:
        draft = record.drafted(goal)
        if step.action is Action.UPDATE and old is not None:
            return self._operations.update(replace(draft, id=old.id, created=old.created), old)
        if step.action is Action.CREATE and goal.import_id:
            return self._operations.adopt(goal, draft)
        return self._operations.create(draft)

    def _begin_reading(self, goal: Goal) -> None:
        self._course.ledger.claim(goal.urn)
        self._course.ledger.add(Step(action=Action.READ, urn=goal.urn))

    def _record_external(self, resource: Resource) -> None:
        """Record what was read; one of the program's own that had its URN is no longer wanted."""
        resource = replace(resource, external=True)
        old = self._journal.get(resource.urn)
        gone: list[Event] = []
        if old is not None:
            resource = replace(resource, created=old.created, modified=old.modified)
            if not old.external and old.id != resource.id:
                if old.protect:
                    raise ProtectedResourceError(old.urn, "replaced")
                gone = [Condemned(resource=old)]
        if resource != old:
            self._journal.record(*gone, Put(resource=resource))

    def _record_outputs(self, urn: str, outputs: Wire) -> None:
        resource = self._journal.get(urn)
        if resource is not None and resource.outputs != outputs:
            self._journal.record(Put(resource=replace(resource, outputs=outputs)))

    def _put_if_different(self, resource: Resource, old: Resource) -> None:
        if resource != old:
            self._journal.record(Put(resource=resource, formerly=old.urn))


class _MakeWay:
    """A replacement that has to delete first, and therefore alone."""

    def __init__(self, *, step: Step, goal: Goal) -> None:
        self.step = step
        self.goal = goal


def _registered(resource: Resource) -> Registered:
    return Registered(id=resource.id, outputs=resource.outputs)
