"""Deletes what the program no longer asks for, what was replaced, and what has to make way for it."""

from __future__ import annotations

from sandbox.engine.planning import deletion as clearance
from sandbox.engine.planning.steps import Action, Step
from sandbox.engine.provider import Provider, ResourceType, UnknownResourceTypeError
from sandbox.engine.running.interrupted import Legacy
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.run_context import Course
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import Removed, StackState
from sandbox.engine.values.resource import Resource


class Removals:
    """Carries out an update's deletions, each in the order that its dependents allow."""

    def __init__(
        self, journal: Journal, provider: Provider, operations: Operations, legacy: Legacy, course: Course
    ) -> None:
        """Share these with the update."""
        self._journal = journal
        self._provider = provider
        self._operations = operations
        self._legacy = legacy
        self._course = course

    def make_way(self, urn: str, settled: frozenset[str]) -> None:
        """Delete a resource whose replacement comes after it, and before it what can not stay without it.

        Nobody else may be at work meanwhile. Raises ProtectedResourceError before anything is deleted.
        """
        state = self._journal.snapshot()
        old = state.resources.get(urn)
        if old is None:
            return
        victims = clearance.carried_away(old, state, self._kinds(state), settled)
        live = [item for item in victims if state.resources.get(item.urn) is item]
        clearance.refuse_protected(live)
        for resource in victims:
            if resource in live:
                self._legacy.delete_early(resource.urn)
                self._dispose(resource)
            else:
                self._dispose_condemned(resource)
        self._dispose(old)

    def clear(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        state = self._journal.snapshot()
        ledger = self._course.ledger
        for resource in clearance.deletion_order(state, clearance.leftovers(state, ledger.claimed)):
            if state.resources.get(resource.urn) is not resource:
                self._dispose_condemned(resource)
                continue
            step = Step(action=Action.DELETE, urn=resource.urn)
            ledger.add(step)
            with self._course.shown(step):
                self._dispose(resource)
        for step in self._legacy.unclaimed(ledger.claimed):
            ledger.add(step)
            with self._course.shown(step):
                pass

    def waiting(self) -> tuple[str, ...]:
        """Name what `clear` would delete now; raises ProtectedResourceError for what may not go."""
        state = self._journal.snapshot()
        gone = [*state.condemned, *clearance.leftovers(state, self._course.ledger.claimed)]
        return tuple(resource.urn for resource in gone)

    def _dispose_condemned(self, resource: Resource) -> None:
        """Delete what was replaced: a part of this run's replacement, or a step of its own if it is older."""
        if not self._legacy.has_condemned(resource):
            self._dispose(resource)
            return
        step = clearance.left_over_step(resource)
        self._course.ledger.add(step)
        with self._course.shown(step):
            self._dispose(resource)

    def _dispose(self, resource: Resource) -> None:
        """Delete a resource, or only its record where nothing of it is the program's own."""
        if not resource.custom or resource.external or resource.retain_on_delete:
            self._journal.record(Removed(urn=resource.urn, id=resource.id))
            return
        self._course.refuse_when_cancelled()
        self._operations.delete(resource)

    def _kinds(self, state: StackState) -> dict[str, ResourceType]:
        kinds: dict[str, ResourceType] = {}
        for token in {item.type for item in state.resources.values() if item.custom and not item.external}:
            try:
                kinds[token] = self._provider.resource_type(token)
            except UnknownResourceTypeError:
                continue
        return kinds
