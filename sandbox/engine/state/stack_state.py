"""What is recorded of one stack, as events change it. Pure: a journal replayed gives the same state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.engine.values.resource import Resource, in_dependency_order, prerequisites
from sandbox.engine.values.urn import STACK_TYPE
from sandbox.engine.values.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A step that has begun; still here when a run starts, it was cut off and has to be done again."""

    operation_id: str
    kind: str
    """`creating`, `updating` or `deleting`, as in Pulumi's pending operations."""
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A step on a resource has begun."""

    pending: Pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step has ended, well or not."""

    operation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A resource is now so; `formerly` is the URN it had before an alias renamed it."""

    resource: Resource
    formerly: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condemned:
    """A resource has been replaced; what is left of the old one waits for deletion."""

    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A resource is gone: the condemned one with that id, otherwise the live one with that id."""

    urn: str
    id: str


Event = Began | Ended | Put | Condemned | Removed


@dataclass(slots=True)
class StackState:
    """The resources of one stack, those waiting for deletion, and the steps under way.

    Events taken in once more, all from some point on, change nothing: a kill may leave a journal beside the
    checkpoint that has it already.
    """

    resources: dict[str, Resource] = field(default_factory=dict)
    condemned: list[Resource] = field(default_factory=list)
    pending: dict[str, Pending] = field(default_factory=dict)

    def copy(self) -> StackState:
        """A state of its own, that later events leave alone."""
        return StackState(
            resources=dict(self.resources), condemned=list(self.condemned), pending=dict(self.pending)
        )

    def apply(self, events: Iterable[Event]) -> None:
        """Take events in, in order."""
        for event in events:
            match event:
                case Began(pending=pending):
                    self.pending[pending.operation_id] = pending
                case Ended(operation_id=operation_id):
                    self.pending.pop(operation_id, None)
                case Put(resource=resource, formerly=formerly):
                    if formerly and formerly != resource.urn:
                        self._rename(formerly, resource.urn)
                    self.resources[resource.urn] = resource
                case Condemned(resource=resource):
                    self.resources.pop(resource.urn, None)
                    self._forget_condemned(resource.urn, resource.id)
                    self.condemned.append(resource)
                case Removed(urn=urn, id=identity):
                    self._remove(urn, identity)

    def _remove(self, urn: str, identity: str) -> None:
        live = self.resources.get(urn)
        if not self._forget_condemned(urn, identity) and live is not None and live.id == identity:
            del self.resources[urn]

    def _forget_condemned(self, urn: str, identity: str) -> bool:
        others = [item for item in self.condemned if (item.urn, item.id) != (urn, identity)]
        found = len(others) < len(self.condemned)
        self.condemned = others
        return found

    def _rename(self, old: str, new: str) -> None:
        self.resources.pop(old, None)
        self.resources = {urn: _referring(item, old, new) for urn, item in self.resources.items()}
        self.condemned = [_referring(item, old, new) for item in self.condemned]

    def ordered(self) -> list[Resource]:
        """The live resources, each after what it depends on."""
        return in_dependency_order(self.resources.values())

    def find(self, urns: Iterable[str], *, custom: bool) -> Resource | None:
        """The first of these URNs that is recorded as a resource of that kind."""
        found = (self.resources[urn] for urn in urns if urn in self.resources)
        return next((item for item in found if item.custom == custom), None)

    def outputs(self) -> Wire | None:
        """The stack's outputs in wire form, or None when it has never been deployed."""
        root = next((item for item in self.resources.values() if item.type == STACK_TYPE), None)
        return None if root is None else root.outputs


def _referring(resource: Resource, old: str, new: str) -> Resource:
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
