"""What the plugin answers, as values of Pulumi's provider protocol. Pure.

What differs, what a step will bring and what is secret is decided by the functions of the sandbox's own
engine, so that both engines come to the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pulumi.runtime.proto import provider_pb2 as proto

from sandbox.engine.planning.diff import PropertyChange, compare
from sandbox.engine.planning.ignoring import keep_ignored
from sandbox.engine.provider import ResourceType, State
from sandbox.engine.running.refresh import inputs_as_found
from sandbox.engine.values.properties import (
    UNKNOWN,
    PropertyMap,
    mark_as,
    mark_secrets,
    reveal_properties,
)
from sandbox.engine.values.provider_values import from_provider
from sandbox.engine.values.structs import encode_struct

CONFIGURATION = frozenset({"region", "version", "pluginDownloadURL"})
"""The settings of the provider that mean something in a sandbox."""


def check_configuration(given: Iterable[str]) -> list[proto.CheckFailure]:
    """A failure for each setting of the provider that the sandbox would not honour."""
    return [
        proto.CheckFailure(property=name, reason=f"the sandbox does not know the setting `aws:{name}`")
        for name in sorted(set(given) - CONFIGURATION)
    ]


def check_inputs(inputs: PropertyMap, kind: ResourceType) -> list[proto.CheckFailure]:
    """A failure for each input that the sandbox has no meaning for; silence would hide a difference."""
    return [
        proto.CheckFailure(
            property=name,
            reason=f"the sandbox does not know the property `{name}` of {kind.token}; "
            "add it to the mapping of this type under sandbox/provider",
        )
        for name, value in sorted(inputs.items())
        if value is not None and name not in kind.properties
    ]


def diff(
    old: PropertyMap, new: PropertyMap, kind: ResourceType, *, ignored: Iterable[str] = ()
) -> proto.DiffResponse:
    """What differs between a resource's inputs before and now, and whether it has to be replaced.

    `ignored` are property paths whose change does not count.
    """
    new = keep_ignored(new, old, ignored)
    changes = compare(old, new)
    replacing = [change for change in changes if change.property in kind.replace_on]
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME if changes else proto.DiffResponse.DIFF_NONE,
        diffs=sorted({change.property for change in changes}),
        replaces=sorted({change.property for change in replacing}),
        deleteBeforeReplace=bool(replacing) and kind.delete_before_replace,
        detailedDiff={change.path: _property_diff(change, kind) for change in changes},
        hasDetailedDiff=True,
    )


def _property_diff(change: PropertyChange, kind: ResourceType) -> proto.PropertyDiff:
    replaces = change.property in kind.replace_on
    if change.old is None:
        which = proto.PropertyDiff.ADD_REPLACE if replaces else proto.PropertyDiff.ADD
    elif change.new is None:
        which = proto.PropertyDiff.DELETE_REPLACE if replaces else proto.PropertyDiff.DELETE
    else:
        which = proto.PropertyDiff.UPDATE_REPLACE if replaces else proto.PropertyDiff.UPDATE
    return proto.PropertyDiff(kind=which, inputDiff=True)


def outputs_of(state: State, inputs: PropertyMap, kind: ResourceType) -> PropertyMap:
    """The outputs of a resource after a step: secret are those whose input is, and those that are by type."""
    return mark_secrets(mark_as(from_provider(state.outputs, inputs), inputs), kind.secret_outputs)


def predicted_creation(inputs: PropertyMap, kind: ResourceType) -> PropertyMap:
    """The outputs that a new resource will have, as far as they are known before; the rest is left out."""
    return mark_secrets(inputs, kind.secret_outputs)


def predicted_update(
    outputs: PropertyMap, old: PropertyMap, new: PropertyMap, kind: ResourceType
) -> PropertyMap:
    """The outputs that a resource will have after an update; what it may change is unknown."""
    bare = {**reveal_properties(outputs), **new}
    kept = {name: value for name, value in bare.items() if name in new or name not in old}
    doubtful = {name: UNKNOWN for name in kind.volatile_outputs if name in kept and name not in new}
    return mark_secrets(mark_as({**kept, **doubtful}, new), kind.secret_outputs)


def read_answer(
    found: State | None,
    inputs: PropertyMap,
    outputs: PropertyMap,
    kind: ResourceType,
) -> proto.ReadResponse:
    """What was found of a resource.

    In a refresh, `inputs` and `outputs` are what is recorded: only what is otherwise is otherwise in the
    answer, as with `myelin refresh`. In an import and for `.get()` there are no recorded inputs, and all that
    was found is the answer. Without an id there is no such resource.
    """
    if found is None:
        return proto.ReadResponse()
    if not inputs:
        everything = outputs_of(found, outputs, kind)
        known = {name: value for name, value in everything.items() if name in kind.properties}
        return _read(found.id, known, everything)
    current = inputs_as_found(inputs, found.outputs)
    changed = {name: value for name, value in current.items() if value != inputs[name]}
    return _read(found.id, current, {**outputs, **changed})


def _read(physical_id: str, inputs: Mapping[str, object], outputs: PropertyMap) -> proto.ReadResponse:
    return proto.ReadResponse(id=physical_id, inputs=encode_struct(inputs), properties=encode_struct(outputs))
