"""Makes the record of a resource from what was asked for and what came of it. Pure, but for the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.engine.provider import ProviderError, State
from sandbox.engine.values.properties import (
    ArchiveValue,
    AssetValue,
    PropertyMap,
    mark_as,
    mark_secrets,
    reveal_properties,
)
from sandbox.engine.values.resource import ResourceGoal, ResourceState


def draft_resource(goal: ResourceGoal) -> ResourceState:
    """Record what was asked for, before there is an id or an output."""
    now = datetime.now(UTC).isoformat()
    return ResourceState(
        urn=goal.urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.inputs,
        parent=goal.parent,
        dependencies=goal.dependencies,
        property_dependencies=goal.property_dependencies,
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        additional_secret_outputs=goal.additional_secret_outputs,
        created=now,
        modified=now,
        source_position=goal.source_position,
    )


def complete_resource(draft: ResourceState, state: State, secret: Iterable[str]) -> ResourceState:
    """Complete a draft with what the provider gave; `secret` are the outputs that are so by their type."""
    outputs = with_secret_outputs(draft, state.outputs, secret)
    return replace(draft, id=state.id, outputs=outputs, init_errors=())


def partial_resource(
    draft: ResourceState, error: ProviderError, secret: Iterable[str]
) -> ResourceState | None:
    """Record a resource that exists although its step failed, or None when it does not."""
    if error.partial is None:
        return None
    return replace(complete_resource(draft, error.partial, secret), init_errors=(error.message,))


def unchanged_resource(goal: ResourceGoal, old: ResourceState, secret: Iterable[str]) -> ResourceState:
    """Record anew a resource that stays as it is: edges of the graph, flags and secrecy may be different."""
    return replace(
        draft_resource(goal),
        id=old.id,
        outputs=current_outputs(goal, old, secret),
        created=old.created,
        modified=old.modified,
        external=old.external,
    )


def current_outputs(
    wanted: ResourceGoal | ResourceState, old: ResourceState, secret: Iterable[str]
) -> PropertyMap:
    """Give the recorded outputs the secrecy, and the assets the place, that the program says now."""
    if not wanted.custom:
        return old.outputs
    outputs = {
        name: wanted.inputs.get(name, value) if isinstance(value, AssetValue | ArchiveValue) else value
        for name, value in reveal_properties(old.outputs).items()
    }
    return with_secret_outputs(wanted, outputs, secret)


def with_secret_outputs(
    wanted: ResourceGoal | ResourceState, outputs: PropertyMap, secret: Iterable[str]
) -> PropertyMap:
    """Mark outputs as secret: those whose input is, and those that the type or the program says are."""
    return mark_secrets(mark_as(outputs, wanted.inputs), {*secret, *wanted.additional_secret_outputs})
