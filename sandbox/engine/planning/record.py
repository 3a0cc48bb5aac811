"""Makes the record of a resource from what was asked for and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.engine.provider import ProviderError, State
from sandbox.engine.values import wire
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.wire import Wire


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
    return replace(draft, id=state.id, outputs=mark_secrets(draft, state.outputs, secret), init_errors=())


def partial_resource(
    draft: ResourceState, error: ProviderError, secret: Iterable[str]
) -> ResourceState | None:
    """Record a resource that exists although its step failed, or None when it does not."""
    if error.partial is None:
        return None
    return replace(complete_resource(draft, error.partial, secret), init_errors=(error.message,))


def unchanged_resource(goal: ResourceGoal, old: ResourceState, secret: Iterable[str]) -> ResourceState:
    """Record anew a resource that stays as it is: edges of the graph, flags and secrecy may be different."""
    draft = draft_resource(goal)
    return replace(
        draft,
        id=old.id,
        outputs=current_outputs(goal, old, secret),
        created=old.created,
        modified=old.modified,
        external=old.external,
    )


def current_outputs(goal: ResourceGoal, old: ResourceState, secret: Iterable[str]) -> Wire:
    """Give the recorded outputs the secrecy, and the assets the place, that the goal says."""
    if not goal.custom:
        return old.outputs
    bare = {
        name: goal.inputs.get(name, value) if wire.is_asset(value) else value
        for name, value in wire.reveal_properties(old.outputs).items()
    }
    return mark_secrets(draft_resource(goal), bare, secret)


def mark_secrets(draft: ResourceState, outputs: Wire, secret: Iterable[str]) -> Wire:
    """Mark outputs as secret: those whose input is, and those that the type or the program says are."""
    names = {*secret, *draft.additional_secret_outputs, *wire.secret_names(draft.inputs)}
    return wire.conceal_properties(outputs, names)
