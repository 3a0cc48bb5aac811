"""Decides what has to go, and in which order. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from sandbox.engine.errors import ProtectedResourceError
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import ResourceType
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import reveal_properties
from sandbox.engine.values.resource import ResourceState, in_dependency_order, prerequisites

LEFT_OVER = "left over from a replacement"


def unregistered(state: StackState, registered: frozenset[str]) -> list[ResourceState]:
    """List what the program no longer asks for; raises ProtectedResourceError for a protected one."""
    gone = [resource for resource in state.ordered() if resource.urn not in registered]
    refuse_protected(gone)
    return gone


def refuse_protected(gone: Iterable[ResourceState]) -> None:
    """Raise ProtectedResourceError if one of these is protected."""
    for resource in gone:
        if resource.protect:
            raise ProtectedResourceError(resource.urn, "deleted")


def deletion_order(state: StackState, gone: Iterable[ResourceState]) -> list[ResourceState]:
    """Order what waits for deletion and what else has to go: dependents first.

    The two are mixed: a resource that was replaced may still be used by one that the program dropped, and
    the other way round. What waits comes first where they seem to depend on each other: it is the older
    generation.
    """
    return in_dependency_order([*state.pending_deletes, *gone])[::-1]


def left_over_step(resource: ResourceState) -> Step:
    """The step that deletes what waited for deletion before the run began."""
    return Step(action=StepAction.DELETE, urn=resource.urn, note=LEFT_OVER)


def dependent_replacements(
    gone: ResourceState, state: StackState, kinds: Mapping[str, ResourceType], registered: frozenset[str]
) -> list[ResourceState]:
    """Find what must be deleted, and made again, when `gone` is deleted before its replacement is made.

    Those are the resources that refer to it through an input whose change replaces them too, those that wait
    for deletion and use it, and so on from these; in the order to delete them. `registered` are the URNs that
    this run has brought to what the program wants: they stay, and do not depend on `gone` any more.
    """
    going: dict[str, set[str]] = {gone.urn: {gone.id}}
    found: list[ResourceState] = []
    waiting = {id(item) for item in state.pending_deletes}
    for resource in in_dependency_order([*state.pending_deletes, *state.resources.values()]):
        if (resource.urn, resource.id) == (gone.urn, gone.id):
            continue
        if id(resource) in waiting:
            through = prerequisites(resource)
        elif resource.urn not in registered:
            through = _replacing_references(resource, kinds)
        else:
            continue
        if any(_uses(resource, urn, going[urn], state) for urn in through & going.keys()):
            going.setdefault(resource.urn, set()).add(resource.id)
            found.append(resource)
    return found[::-1]


def _replacing_references(resource: ResourceState, kinds: Mapping[str, ResourceType]) -> frozenset[str]:
    """Name the URNs that a resource refers to through an input whose change replaces it."""
    kind = kinds.get(resource.type)
    if kind is None:
        return frozenset()
    named = (urns for name, urns in resource.property_dependencies.items() if name in kind.replace_on)
    return frozenset(urn for urns in named for urn in urns)


def _uses(resource: ResourceState, urn: str, going: set[str], state: StackState) -> bool:
    """Say whether a resource uses one whose id is `going`, of several that may have the URN it refers to.

    Its inputs tell, where they have the id of one. Where they do not, it is taken to use the live one.
    """
    live = state.resources.get(urn)
    others = {item.id for item in state.pending_deletes if item.urn == urn} | ({live.id} if live else set())
    text = json.dumps(reveal_properties(resource.inputs), ensure_ascii=False, default=repr)
    if any(_mentions(text, identity) for identity in going):
        return True
    if any(_mentions(text, identity) for identity in others - going):
        return False
    return live is None or live.id in going


def _mentions(text: str, identity: str) -> bool:
    """Say whether an id occurs in a text, and not just as a part of a longer one."""
    return re.search(rf"(?<![\w-]){re.escape(identity)}(?![\w-])", text) is not None
