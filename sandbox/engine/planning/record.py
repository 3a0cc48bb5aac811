"""Makes the record of a resource from what was asked for and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.engine.provider import ProviderError, State
from sandbox.engine.values import wire
from sandbox.engine.values.resource import Goal, Resource
from sandbox.engine.values.wire import Wire


def drafted(goal: Goal) -> Resource:
    """Record what was asked for, before there is an id or an output."""
    now = datetime.now(UTC).isoformat()
    return Resource(
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


def done(draft: Resource, state: State, secret: Iterable[str]) -> Resource:
    """Complete a draft with what the provider gave; `secret` are the outputs that are so by their type."""
    return replace(draft, id=state.id, outputs=concealed(draft, state.outputs, secret), init_errors=())


def partly_done(draft: Resource, error: ProviderError, secret: Iterable[str]) -> Resource | None:
    """Record a resource that exists although its step failed, or None when it does not."""
    if error.partial is None:
        return None
    return replace(done(draft, error.partial, secret), init_errors=(error.message,))


def kept(goal: Goal, old: Resource, secret: Iterable[str]) -> Resource:
    """Record anew a resource that stays as it is: edges of the graph, flags and secrecy may be different."""
    draft = drafted(goal)
    return replace(
        draft,
        id=old.id,
        outputs=refreshed(goal, old, secret),
        created=old.created,
        modified=old.modified,
        external=old.external,
    )


def refreshed(goal: Goal, old: Resource, secret: Iterable[str]) -> Wire:
    """Give the recorded outputs the secrecy, and the assets the place, that the goal says."""
    if not goal.custom:
        return old.outputs
    bare = {
        name: goal.inputs.get(name, value) if wire.is_asset(value) else value
        for name, value in wire.reveal_properties(old.outputs).items()
    }
    return concealed(drafted(goal), bare, secret)


def concealed(draft: Resource, outputs: Wire, secret: Iterable[str]) -> Wire:
    """Mark outputs as secret: those whose input is, and those that the type or the program says are."""
    names = {*secret, *draft.additional_secret_outputs, *wire.secret_names(draft.inputs)}
    return wire.conceal_properties(outputs, names)
