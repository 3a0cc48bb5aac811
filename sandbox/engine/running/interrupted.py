"""What an interrupted run left to this one: pending operations, and pending deletes."""

from __future__ import annotations

from sandbox.engine.planning.deletion import left_over_step
from sandbox.engine.planning.pending_operations import after_redo, merged_with_earlier, unregistered_deletions
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.run_context import RunContext
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.resource import ResourceState


class InterruptedRun:
    """Redoes what an interrupted run left pending, and reports it merged with this run's step."""

    def __init__(self, journal: Journal, operations: Operations, context: RunContext) -> None:
        """Look at the state before anything is done."""
        before = journal.snapshot()
        self._operations = operations
        self._context = context
        self._pending = tuple(before.pending_operations.values())
        self._pending_deletes = frozenset((item.urn, item.id) for item in before.pending_deletes)
        self._done = dict(after_redo(before).done)

    def redo(self) -> None:
        """Redo the pending operations, under the same operation ids."""
        for pending in self._pending:
            self._context.refuse_when_cancelled()
            resource = pending.resource
            waited = self.was_pending_delete(resource)
            action = StepAction.DELETE if waited else self._done.get(resource.urn, StepAction.DELETE)
            step = left_over_step(resource) if waited else Step(action=action, urn=resource.urn)
            with self._context.reporting(step):
                taken = self._operations.redo(pending)
            if taken and waited:
                self._context.ledger.add(step)
            elif not taken:
                self._done.pop(resource.urn, None)

    def was_pending_delete(self, resource: ResourceState) -> bool:
        """Say whether a resource waited for deletion before this run began."""
        return (resource.urn, resource.id) in self._pending_deletes

    def merged_with_earlier(self, step: Step) -> Step:
        """Merge a resource's step with what this run did to it earlier."""
        return merged_with_earlier(step, self._done)

    def note_early_delete(self, urn: str) -> None:
        """Remember that a resource was deleted before its turn, to make way for another one."""
        self._done[urn] = StepAction.DELETE

    def unregistered_deletions(self, registered: frozenset[str]) -> list[Step]:
        """List what was deleted before its turn and was not registered after that."""
        return unregistered_deletions(self._done, registered)
