"""Deletes what the program no longer asks for, what was replaced, and what has to make way for it."""

from __future__ import annotations

from sandbox.engine.planning import deletion
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import Provider, ResourceType, UnknownResourceTypeError
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.run_context import RunContext
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import Removed, StackState
from sandbox.engine.values.resource import ResourceState


class Removals:
    """Carries out an update's deletions, each in the order that its dependents allow."""

    def __init__(
        self,
        journal: Journal,
        provider: Provider,
        operations: Operations,
        interrupted: InterruptedRun,
        context: RunContext,
    ) -> None:
        """Share these with the update."""
        self._journal = journal
        self._provider = provider
        self._operations = operations
        self._interrupted = interrupted
        self._context = context

    def delete_before_replace(self, urn: str, registered: frozenset[str]) -> None:
        """Delete a resource whose replacement comes after it, and before it what can not stay without it.

        Nobody else may be at work meanwhile. Raises ProtectedResourceError before anything is deleted.
        """
        state = self._journal.snapshot()
        old = state.resources.get(urn)
        if old is None:
            return
        victims = deletion.dependent_replacements(old, state, self._kinds(state), registered)
        live = [item for item in victims if state.resources.get(item.urn) is item]
        deletion.refuse_protected(live)
        for resource in victims:
            if resource in live:
                self._interrupted.note_early_delete(resource.urn)
                self._delete(resource)
            else:
                self._delete_pending(resource)
        self._delete(old)

    def delete_leftovers(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        state = self._journal.snapshot()
        ledger = self._context.ledger
        for resource in deletion.deletion_order(state, deletion.leftovers(state, ledger.claimed)):
            if state.resources.get(resource.urn) is not resource:
                self._delete_pending(resource)
                continue
            step = Step(action=StepAction.DELETE, urn=resource.urn)
            ledger.add(step)
            with self._context.reporting(step):
                self._delete(resource)
        for step in self._interrupted.unregistered_deletions(ledger.claimed):
            ledger.add(step)
            with self._context.reporting(step):
                pass

    def leftovers(self) -> tuple[str, ...]:
        """The URNs that `delete_leftovers` deletes; raises ProtectedResourceError for a protected one."""
        state = self._journal.snapshot()
        gone = [*state.pending_deletes, *deletion.leftovers(state, self._context.ledger.claimed)]
        return tuple(resource.urn for resource in gone)

    def _delete_pending(self, resource: ResourceState) -> None:
        """Delete what was replaced: a part of this run's replacement, or a step of its own if it is older."""
        if not self._interrupted.was_pending_delete(resource):
            self._delete(resource)
            return
        step = deletion.left_over_step(resource)
        self._context.ledger.add(step)
        with self._context.reporting(step):
            self._delete(resource)

    def _delete(self, resource: ResourceState) -> None:
        """Delete a resource, or only its record where nothing of it is the program's own."""
        if not resource.custom or resource.external or resource.retain_on_delete:
            self._journal.record(Removed(urn=resource.urn, id=resource.id))
            return
        self._context.refuse_when_cancelled()
        self._operations.delete(resource)

    def _kinds(self, state: StackState) -> dict[str, ResourceType]:
        kinds: dict[str, ResourceType] = {}
        for token in {item.type for item in state.resources.values() if item.custom and not item.external}:
            try:
                kinds[token] = self._provider.resource_type(token)
            except UnknownResourceTypeError:
                continue
        return kinds
