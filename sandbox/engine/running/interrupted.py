"""What an earlier run left to an update: steps that were cut off, and replaced resources not deleted yet."""

from __future__ import annotations

from sandbox.engine.planning.deletion import left_over_step
from sandbox.engine.planning.pending_operations import foresee, told, unclaimed
from sandbox.engine.planning.steps import Action, Step
from sandbox.engine.running.operations import Operations
from sandbox.engine.running.run_context import Course
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.resource import Resource


class Legacy:
    """Finishes what was begun, and remembers it, so that a resource's steps are told as one."""

    def __init__(self, journal: Journal, operations: Operations, course: Course) -> None:
        """Look at the state before anything is done."""
        before = journal.snapshot()
        self._operations = operations
        self._course = course
        self._pending = tuple(before.pending.values())
        self._condemned = frozenset((item.urn, item.id) for item in before.condemned)
        self._done = dict(foresee(before).done)

    def finish(self) -> None:
        """Do again what was cut off, under the same operation ids."""
        for pending in self._pending:
            self._course.refuse_when_cancelled()
            resource = pending.resource
            waited = self.has_condemned(resource)
            action = Action.DELETE if waited else self._done.get(resource.urn, Action.DELETE)
            step = left_over_step(resource) if waited else Step(action=action, urn=resource.urn)
            with self._course.shown(step):
                taken = self._operations.redo(pending)
            if taken and waited:
                self._course.ledger.add(step)
            elif not taken:
                self._done.pop(resource.urn, None)

    def has_condemned(self, resource: Resource) -> bool:
        """Say whether a resource waited for deletion before this run began."""
        return (resource.urn, resource.id) in self._condemned

    def told(self, step: Step) -> Step:
        """Say what happens to a resource in all, with what was done to it before its turn."""
        return told(step, self._done)

    def delete_early(self, urn: str) -> None:
        """Remember that a resource was deleted before its turn, to make way for another one."""
        self._done[urn] = Action.DELETE

    def unclaimed(self, registered: frozenset[str]) -> list[Step]:
        """Say what was deleted early and has not come back."""
        return unclaimed(self._done, registered)
