"""Looks at every resource of a stack as it is now, and says which is not as recorded.

As Pulumi's refresh does: what is gone leaves the state, so that the next update makes it anew; an input that
is another by now is recorded as it is, so that the next update changes it back. Nested values count, too: the
provider puts what AWS tells into the form of the inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sandbox.engine.planning.diff import PropertyChange, compare
from sandbox.engine.planning.record import with_secret_outputs
from sandbox.engine.provider import LookingProvider, Provider, ProviderError, UnknownResourceTypeError
from sandbox.engine.state.entries import JournalEntry, ResourceRecorded, ResourceRemoved
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import (
    PropertyMap,
    PropertyValue,
    SecretValue,
    reveal,
    reveal_properties,
)
from sandbox.engine.values.resource import ResourceState

OF_OTHERS: Mapping[str, frozenset[str]] = {
    # weights and target groups, while a deployment shifts traffic
    "aws:lb/listenerRule:ListenerRule": frozenset({"actions"}),
    "aws:ecs/service:Service": frozenset({"loadBalancers"}),
}
"""Inputs that ECS rewrites by right; they are not compared."""
_AT_ONCE = 16
"""Reads side by side; more do not make the emulator quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A resource that is not as recorded: it is gone, or has other values, or could not be looked up.

    `changes` lead from what is recorded to what was found; `trouble` says why nothing was found out.
    """

    urn: str
    gone: bool = False
    changes: tuple[PropertyChange, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was found of one stack: `drifts`, and the journal entries that record them."""

    stack: str
    drifts: tuple[Drift, ...] = ()
    entries: tuple[JournalEntry, ...] = ()

    @property
    def unknown(self) -> tuple[Drift, ...]:
        """The resources that could not be looked up."""
        return tuple(drift for drift in self.drifts if drift.trouble)


def record(observation: Observation, store: StateStore) -> None:
    """Record what was found: what is gone is made anew by the next update, what is another changed back."""
    if not observation.entries:
        return
    journal = store.open(observation.stack)
    try:
        journal.record(*observation.entries)
    finally:
        journal.close()


def observe(stack: str, state: StackState, provider: LookingProvider) -> Observation:
    """Read every resource of a state that the program owns; nothing is changed.

    What an interrupted run left pending is for the next update to redo, and is passed over.
    """
    pending = {operation.resource.urn for operation in state.pending_operations.values()}
    owned = [
        item
        for item in state.ordered()
        if item.custom and not item.external and item.urn not in pending and _is_emulated(provider, item)
    ]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="refresh") as pool:
        found = tuple(pool.map(lambda item: _look_at(provider, item), owned))
    return Observation(
        stack=stack,
        drifts=tuple(drift for drift, _ in found if drift is not None),
        entries=tuple(entry for _, entry in found if entry is not None),
    )


def _is_emulated(provider: Provider, resource: ResourceState) -> bool:
    """Whether there is something to look up; a type that is not known any more is looked up, and fails."""
    try:
        return provider.resource_type(resource.type).not_emulated is None
    except UnknownResourceTypeError:
        return True


def _look_at(provider: LookingProvider, resource: ResourceState) -> tuple[Drift | None, JournalEntry | None]:
    inputs, outputs = reveal_properties(resource.inputs), reveal_properties(resource.outputs)
    try:
        found = provider.look(resource.type, resource.id, inputs, outputs)
    except (ProviderError, UnknownResourceTypeError) as error:
        return Drift(urn=resource.urn, trouble=error.message), None
    if found is None:
        return Drift(urn=resource.urn, gone=True), ResourceRemoved(urn=resource.urn, id=resource.id)
    changes = tuple(input_changes(resource, found.values))
    if not changes:
        return None, None
    names = {change.property: None for change in changes}
    secret = provider.resource_type(resource.type).secret_outputs
    recorded = ResourceRecorded(resource=_as_found(resource, found.values, names, secret))
    return Drift(urn=resource.urn, changes=changes), recorded


def input_changes(resource: ResourceState, found: Mapping[str, PropertyValue]) -> Iterator[PropertyChange]:
    """The inputs with a value that is another where they were found. A secret one is not shown."""
    others = OF_OTHERS.get(resource.type, frozenset())
    for name, recorded in resource.inputs.items():
        old, new = reveal(recorded), found.get(name)
        if name in others or old is None or new is None:
            continue
        if _is_plain(old) and _is_plain(new):
            yield from plain_changes({name: recorded}, found)
        else:
            yield from compare({name: recorded}, {name: new})


def plain_changes(
    inputs: Mapping[str, PropertyValue], found: Mapping[str, PropertyValue]
) -> Iterator[PropertyChange]:
    """The inputs with a plain value (text, number, boolean) that is another where they were found."""
    for name, recorded in inputs.items():
        old, new = reveal(recorded), found.get(name)
        if _is_plain(old) and _is_plain(new) and not _equal(old, new):
            shown = ("[secret]", "[secret]") if isinstance(recorded, SecretValue) else (old, new)
            yield PropertyChange(path=name, property=name, old=shown[0], new=shown[1])


def _is_plain(value: PropertyValue) -> bool:
    return isinstance(value, str | int | float)


def _equal(recorded: PropertyValue, found: PropertyValue) -> bool:
    """Compare as AWS does: `"8080"` is 8080 and 0 is 0.0 where one of them is a number, `"true"` is true."""
    if isinstance(recorded, bool) or isinstance(found, bool):
        return str(recorded).lower() == str(found).lower()
    if isinstance(recorded, str) and isinstance(found, str):
        return recorded == found
    try:
        return float(recorded) == float(found)
    except ValueError:
        return False


def _typed(recorded: PropertyValue, found: PropertyValue) -> PropertyValue:
    """What was found, as a number or a boolean where the program gave one: AWS gives back either as text."""
    if not isinstance(found, str) or isinstance(recorded, str):
        return found
    if isinstance(recorded, bool):
        return {"true": True, "false": False}.get(found.lower(), found)
    try:
        number = float(found)
    except ValueError:
        return found
    return int(number) if number.is_integer() else number


def inputs_as_found(inputs: PropertyMap, found: Mapping[str, PropertyValue]) -> PropertyMap:
    """Recorded inputs with the plain values as they were found; types and secrecy stay as recorded."""
    return _with_found(inputs, found, (change.property for change in plain_changes(inputs, found)))


def _with_found(inputs: PropertyMap, found: Mapping[str, PropertyValue], names: Iterable[str]) -> PropertyMap:
    current = dict(inputs)
    for name in names:
        value = _typed(reveal(inputs[name]), found[name])
        current[name] = SecretValue(value) if isinstance(inputs[name], SecretValue) else value
    return current


def _as_found(
    resource: ResourceState, found: Mapping[str, PropertyValue], names: Iterable[str], secret: frozenset[str]
) -> ResourceState:
    names = tuple(names)
    inputs = _with_found(resource.inputs, found, names)
    values = {name: reveal(inputs[name]) for name in names}
    outputs = {**reveal_properties(resource.outputs), **values}
    changed = replace(resource, inputs=inputs)
    return replace(changed, outputs=with_secret_outputs(changed, outputs, secret))
