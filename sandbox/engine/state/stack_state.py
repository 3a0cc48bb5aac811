"""What is recorded of one stack, as events change it. Pure: a journal replayed gives the same state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.engine.values.resource import ResourceState, in_dependency_order, prerequisites
from sandbox.engine.values.urn import STACK_TYPE
from sandbox.engine.values.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOperation:
    """A step that has begun; still here when a run starts, it was cut off and has to be done again."""

    operation_id: str
    kind: str
    """`creating`, `updating` or `deleting`, as in Pulumi's pending operations."""
    resource: ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationBegan:
    """A step on a resource has begun."""

    operation: PendingOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEnded:
    """A step has ended, well or not."""

    operation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A resource is now so; `formerly` is the URN it had before an alias renamed it."""

    resource: ResourceState
    formerly: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDelete:
    """A resource has been replaced; what is left of the old one waits for deletion."""

    resource: ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A resource is gone: the pending delete with that id, otherwise the live one with that id."""

    urn: str
    id: str


JournalEntry = OperationBegan | OperationEnded | Recorded | PendingDelete | Removed


@dataclass(slots=True)
class StackState:
    """The resources of one stack, the pending deletes, and the pending operations.

    Events taken in once more, all from some point on, change nothing: a kill may leave a journal beside the
    checkpoint that has it already.
    """

    resources: dict[str, ResourceState] = field(default_factory=dict)
    pending_deletes: list[ResourceState] = field(default_factory=list)
    pending_operations: dict[str, PendingOperation] = field(default_factory=dict)

    def copy(self) -> StackState:
        """A state of its own, that later events leave alone."""
        return StackState(
            resources=dict(self.resources),
            pending_deletes=list(self.pending_deletes),
            pending_operations=dict(self.pending_operations),
        )

    def apply(self, events: Iterable[JournalEntry]) -> None:
        """Take events in, in order."""
        for event in events:
            match event:
                case OperationBegan(operation=operation):
                    self.pending_operations[operation.operation_id] = operation
                case OperationEnded(operation_id=operation_id):
                    self.pending_operations.pop(operation_id, None)
                case Recorded(resource=resource, formerly=formerly):
                    if formerly and formerly != resource.urn:
                        self._rename(formerly, resource.urn)
                    self.resources[resource.urn] = resource
                case PendingDelete(resource=resource):
                    self.resources.pop(resource.urn, None)
                    self._forget_pending_delete(resource.urn, resource.id)
                    self.pending_deletes.append(resource)
                case Removed(urn=urn, id=identity):
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
        self.resources = {urn: _referring(item, old, new) for urn, item in self.resources.items()}
        self.pending_deletes = [_referring(item, old, new) for item in self.pending_deletes]

    def ordered(self) -> list[ResourceState]:
        """The live resources, each after what it depends on."""
        return in_dependency_order(self.resources.values())

    def find(self, urns: Iterable[str], *, custom: bool) -> ResourceState | None:
        """The first of these URNs that is recorded as a resource of that kind."""
        found = (self.resources[urn] for urn in urns if urn in self.resources)
        return next((item for item in found if item.custom == custom), None)

    def outputs(self) -> Wire | None:
        """The stack's outputs in wire form, or None when it has never been deployed."""
        root = next((item for item in self.resources.values() if item.type == STACK_TYPE), None)
        return None if root is None else root.outputs


def _referring(resource: ResourceState, old: str, new: str) -> ResourceState:
    """Let a resource refer to `new` wherever it refers to `old`."""
    if old not in prerequisites(resource):
        return resource
    return replace(
        resource,
        parent=new if resource.parent == old else resource.parent,
        dependencies=_with_new(resource.dependencies, old, new),
        property_dependencies={
            name: _with_new(urns, old, new) for name, urns in resource.property_dependencies.items()
        },
    )


def _with_new(urns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(sorted({new if urn == old else urn for urn in urns}))
