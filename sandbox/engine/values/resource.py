"""What the engine remembers of a resource, and what a program asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.engine.values.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGoal:
    """A registration: what the program wants of one resource.

    `inputs` are in wire form; `dependencies` are URNs, `property_dependencies` the same by input.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Wire
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    import_id: str = ""
    source_position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceState:
    """A resource as recorded after the last step on it; inputs and outputs are in wire form."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Wire = field(default_factory=dict)
    outputs: Wire = field(default_factory=dict)
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    external: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    source_position: str = ""
    init_errors: tuple[str, ...] = ()
    """Why the resource, though it exists, never became ready; the next run updates it."""


def prerequisites(resource: ResourceState) -> frozenset[str]:
    """Name the URNs that have to exist before this resource does."""
    by_property = (urn for urns in resource.property_dependencies.values() for urn in urns)
    named = {resource.parent, *resource.dependencies, *by_property}
    return frozenset(urn for urn in named if urn and urn != resource.urn)


def in_dependency_order(resources: Iterable[ResourceState]) -> list[ResourceState]:
    """Order resources so that each comes after what it depends on; otherwise keep the given order.

    Several may have one URN (a resource and those it replaced): one that depends on the URN comes after all
    of them. A dependency that is not among them is ignored; a cycle is cut where it is met first.
    """
    items = list(resources)
    places: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(item.urn, []).append(place)
    ordered: dict[int, ResourceState] = {}
    for start in range(len(items)):
        stack: list[tuple[int, bool]] = [(start, False)]
        entered: set[int] = set()
        while stack:
            place, done = stack.pop()
            if place in ordered:
                continue
            if done:
                ordered[place] = items[place]
            elif place not in entered:
                entered.add(place)
                stack.append((place, True))
                needed = sorted(prerequisites(items[place]), reverse=True)
                stack.extend((other, False) for urn in needed for other in reversed(places.get(urn, ())))
    return list(ordered.values())
