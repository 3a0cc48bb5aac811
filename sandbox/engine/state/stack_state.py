"""What is recorded of one stack, as entries change it. Pure: a journal replayed gives the same state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.engine.errors import InvariantError
from sandbox.engine.state.entries import (
    OPERATION_KINDS,
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import (
    ResourceState,
    in_dependency_order,
    out_of_order,
    with_renamed_references,
)
from sandbox.engine.values.urn import STACK_TYPE

INVARIANTS = {
    1: "a live resource stands under its own URN, which has its type and is no other's",
    2: "a resource of a provider has an id, and a component has none",
    3: "a pending delete was the program's own, and no other one has its URN and id",
    4: "no live resource refers to itself, directly or through others",
    5: "a pending operation stands under its own id, and creates, updates or deletes a provider's resource",
    6: "at rest, what a resource refers to is recorded and comes before it",
}


@dataclass(slots=True)
class StackState:
    """The resources of one stack, the pending deletes, and the pending operations.

    Entries that are applied once more, all from some point on, change nothing: a kill may leave a journal
    beside the checkpoint that has it already.
    """

    resources: dict[str, ResourceState] = field(default_factory=dict)
    pending_deletes: list[ResourceState] = field(default_factory=list)
    pending_operations: dict[str, PendingOperation] = field(default_factory=dict)

    def copy(self) -> StackState:
        """Copy the state; later entries leave the copy alone."""
        return StackState(
            resources=dict(self.resources),
            pending_deletes=list(self.pending_deletes),
            pending_operations=dict(self.pending_operations),
        )

    def apply(self, entries: Iterable[JournalEntry]) -> None:
        """Change the state as journal entries say, in their order."""
        for entry in entries:
            match entry:
                case OperationBegan(operation=operation):
                    self.pending_operations[operation.operation_id] = operation
                case OperationEnded(operation_id=operation_id):
                    self.pending_operations.pop(operation_id, None)
                case ResourceRecorded(resource=resource, formerly=formerly):
                    if formerly and formerly != resource.urn:
                        self._rename(formerly, resource.urn)
                    self.resources[resource.urn] = resource
                case PendingDelete(resource=resource):
                    self.resources.pop(resource.urn, None)
                    self._forget_pending_delete(resource.urn, resource.id)
                    self.pending_deletes.append(resource)
                case ResourceRemoved(urn=urn, id=identity):
                    self._remove(urn, identity)

    def _remove(self, urn: str, identity: str) -> None:
        live = self.resources.get(urn)
        if not self._forget_pending_delete(urn, identity) and live is not None and live.id == identity:
            del self.resources[urn]

    def _forget_pending_delete(self, urn: str, identity: str) -> bool:
        others = [item for item in self.pending_deletes if (item.urn, item.id) != (urn, identity)]
        found = len(others) < len(self.pending_deletes)
        self.pending_deletes = others
        return found

    def _rename(self, old: str, new: str) -> None:
        self.resources.pop(old, None)
        renamed = with_renamed_references(self.resources.values(), old, new)
        self.resources = {item.urn: item for item in renamed}
        self.pending_deletes = with_renamed_references(self.pending_deletes, old, new)

    def ordered(self) -> list[ResourceState]:
        """The live resources, each after what it refers to."""
        return in_dependency_order(self.resources.values())

    def outputs(self) -> PropertyMap | None:
        """The stack's outputs, or None when it has never been deployed."""
        root = next((item for item in self.resources.values() if item.type == STACK_TYPE), None)
        return None if root is None else root.outputs

    def verify(self, *, at_rest: bool = False) -> None:
        """Raise InvariantError for the first of INVARIANTS that does not hold.

        A state is `at_rest` when it has just been read from a checkpoint. While a run changes it, references
        may lead to what was deleted to make room for its replacement.
        """
        checks = (
            self._misplaced(),
            self._without_identity(),
            self._unowned_or_doubled(),
            out_of_order(self.ordered(), within=self.resources),
            self._odd_operations(),
            out_of_order([*self.resources.values(), *self.pending_deletes]) if at_rest else (),
        )
        for number, broken in enumerate(checks, start=1):
            for subject in broken:
                raise InvariantError(number, INVARIANTS[number], subject)

    def _misplaced(self) -> Iterator[str]:
        for urn, item in self.resources.items():
            if urn != item.urn or f"{item.type}::" not in urn:
                yield urn

    def _without_identity(self) -> Iterator[str]:
        for item in (*self.resources.values(), *self.pending_deletes):
            if bool(item.id) != item.custom:
                yield item.urn

    def _unowned_or_doubled(self) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        for item in self.pending_deletes:
            if item.external or (item.urn, item.id) in seen:
                yield item.urn
            seen.add((item.urn, item.id))

    def _odd_operations(self) -> Iterator[str]:
        for operation_id, operation in self.pending_operations.items():
            known = bool(operation.resource.id) or operation.kind == "creating"
            placed = operation_id == operation.operation_id and operation.kind in OPERATION_KINDS
            if not placed or not known or not operation.resource.custom:
                yield operation.resource.urn
