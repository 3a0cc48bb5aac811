"""Compares what a program declares with what is there by now, nested values too.

Not as `refresh`, which compares with the records so that the next update mends what differs: this
writes no state, and what differs from the program only because the program was changed differs, too. What the
program leaves to others (`ignore_changes`) is told apart: it is delegated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sandbox.engine.planning.diff import compare
from sandbox.engine.planning.drift import DriftKind, ResourceDrift, StackDrift
from sandbox.engine.provider import (
    Found,
    FoundInside,
    LookingProvider,
    Provider,
    ProviderError,
    UnknownResourceTypeError,
)
from sandbox.engine.running.preview import Declared
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.paths import parse, touches
from sandbox.engine.values.properties import UNKNOWN, PropertyMap, PropertyValue, reveal_properties
from sandbox.engine.values.resource import ResourceState
from sandbox.engine.values.urn import make_urn

_AT_ONCE = 16
"""Resources side by side; more do not make the emulator quicker."""


def find_drift(
    stack: str,
    declared: Iterable[Declared],
    state: StackState,
    provider: LookingProvider,
    *,
    recorded_ids: Collection[str],
) -> StackDrift:
    """Look at every resource of a stack; nothing is changed.

    `recorded_ids` are those of all stacks of the place: a resource may stand inside one of another stack.
    """
    declared = tuple(declared)
    wanted = [each for each in declared if each.goal.custom and _is_emulated(provider, each.goal.type)]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="drift") as pool:
        seen = tuple(pool.map(lambda each: _look_at(provider, each, frozenset(recorded_ids)), wanted))
    return StackDrift(
        stack=stack,
        drifts=(*(drift for found in seen for drift in found.drifts), *_not_declared(declared, state)),
        untold={found.urn: found.untold for found in seen if found.untold},
        looked_at=len(wanted),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    urn: str
    drifts: tuple[ResourceDrift, ...] = ()
    untold: tuple[str, ...] = ()


def _look_at(provider: LookingProvider, each: Declared, recorded_ids: frozenset[str]) -> _Seen:
    urn, recorded = each.goal.urn, each.recorded
    if recorded is None:
        return _Seen(urn=urn, drifts=(ResourceDrift(urn=urn, kind=DriftKind.NEVER_DEPLOYED),))
    inputs = reveal_properties(each.goal.inputs)
    known = {name: value for name, value in inputs.items() if not _is_unknown(value)}
    try:
        found = provider.look(each.goal.type, recorded.id, known, reveal_properties(recorded.outputs))
        inside = provider.inside(each.goal.type, recorded.id, known) if found is not None else ()
    except (ProviderError, UnknownResourceTypeError) as error:
        drift = ResourceDrift(urn=urn, kind=DriftKind.NOT_LOOKED_UP, trouble=error.message)
        return _Seen(urn=urn, drifts=(drift,))
    if found is None:
        return _Seen(urn=urn, drifts=(ResourceDrift(urn=urn, kind=DriftKind.DELETED),))
    changed = _changed(each, known, found)
    added = (_added(each, item) for item in inside if item.id not in recorded_ids)
    untold = (*found.untold, *(name for name in inputs if name not in known))
    return _Seen(urn=urn, drifts=(*changed, *added), untold=untold)


def _changed(each: Declared, known: PropertyMap, found: Found) -> Iterator[ResourceDrift]:
    declared = {name: each.goal.inputs[name] for name in known}
    differing = compare(declared, {name: found.values.get(name) for name in known})
    ignored = [parse(path) for path in each.goal.ignore_changes]
    delegated = [change for change in differing if any(touches(path, parse(change.path)) for path in ignored)]
    changes = tuple(change for change in differing if change not in delegated)
    if differing:
        yield ResourceDrift(
            urn=each.goal.urn, kind=DriftKind.CHANGED, changes=changes, delegated=tuple(delegated)
        )


def _added(each: Declared, item: FoundInside) -> ResourceDrift:
    stack, project, _, _ = each.goal.urn.removeprefix("urn:pulumi:").split("::", 3)
    urn = make_urn(stack=stack, project=project, parent=each.goal.urn, token=item.type, name=item.id)
    return ResourceDrift(urn=urn, kind=DriftKind.ADDED, inside=each.goal.urn)


def _not_declared(declared: Iterable[Declared], state: StackState) -> Iterator[ResourceDrift]:
    claimed = {each.recorded.urn for each in declared if each.recorded is not None}
    for resource in state.resources.values():
        if _is_own(resource) and resource.urn not in claimed and resource.type.startswith("aws:"):
            yield ResourceDrift(urn=resource.urn, kind=DriftKind.NOT_DECLARED)


def _is_own(resource: ResourceState) -> bool:
    return resource.custom and not resource.external


def _is_emulated(provider: Provider, token: str) -> bool:
    try:
        return provider.resource_type(token).not_emulated is None
    except UnknownResourceTypeError:
        return True


def _is_unknown(value: PropertyValue) -> bool:
    """Whether a value, or a part of it, comes only with the deployment."""
    if isinstance(value, dict):
        return any(map(_is_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_is_unknown, value))
    return value is UNKNOWN
