"""What an interrupted run left to this one: pending operations, and pending deletes."""

from __future__ import annotations

from sandbox.engine.planning.deletion import left_over_step
from sandbox.engine.planning.pending_operations import after_redo, merged_with_earlier
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.registrar import StepLog
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.resource import ResourceState


class InterruptedRun:
    """Redoes what an interrupted run left pending, and reports it merged with this run's step.

    `done` says what was done to a resource before its own step, by URN: redone, or deleted to make room for
    the replacement of another.
    """

    def __init__(self, before: StackState, executor: StepExecutor, log: StepLog) -> None:
        """`before` is the state before anything is done."""
        self._executor = executor
        self._log = log
        self._pending = tuple(before.pending_operations.values())
        self._pending_deletes = frozenset((item.urn, item.id) for item in before.pending_deletes)
        self.done: dict[str, StepAction] = dict(after_redo(before).done)

    def redo(self) -> None:
        """Redo the pending operations, under the same operation ids."""
        for pending in self._pending:
            self._executor.refuse_when_cancelled()
            resource = pending.resource
            waited = self.was_pending_delete(resource)
            action = StepAction.DELETE if waited else self.done.get(resource.urn, StepAction.DELETE)
            step = left_over_step(resource) if waited else Step(action=action, urn=resource.urn)
            with self._executor.reporting(step):
                redone = self._executor.redo(pending)
            if redone and waited:
                self._log.add(step)
            elif not redone:
                self.done.pop(resource.urn, None)

    def was_pending_delete(self, resource: ResourceState) -> bool:
        """Whether a resource waited for deletion before this run began."""
        return (resource.urn, resource.id) in self._pending_deletes

    def merged(self, step: Step) -> Step:
        """Merge a resource's step with what was done to it before."""
        return merged_with_earlier(step, self.done)
