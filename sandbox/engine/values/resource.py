"""What the engine remembers of a resource, and what a program asks for one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.engine.values.properties import PropertyMap


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGoal:
    """A registration: what the program wants of one resource.

    `dependencies` are URNs, `property_dependencies` the same by input.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: PropertyMap
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
    """A resource as recorded after the last step on it."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: PropertyMap = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
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


def out_of_order(
    resources: Iterable[ResourceState], *, within: Container[str] | None = None
) -> Iterator[str]:
    """Name the resources that come before one that they refer to; of its references, those `within` count."""
    seen: set[str] = set()
    for resource in resources:
        missing = prerequisites(resource) - seen
        if any(within is None or urn in within for urn in missing):
            yield resource.urn
        seen.add(resource.urn)


def with_renamed_references(resources: Iterable[ResourceState], old: str, new: str) -> list[ResourceState]:
    """Let resources refer to `new` wherever they refer to `old`."""
    return [_renamed(item, old, new) if old in prerequisites(item) else item for item in resources]


def _renamed(resource: ResourceState, old: str, new: str) -> ResourceState:
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
