"""Updates every resource of a stack to what it is already, to find out which calls an update takes."""

from __future__ import annotations

import uuid

from sandbox.engine.provider import Operation, Provider, ProviderError, State
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import reveal_properties
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.urn import name_of

TAG = "myelin:rehearsed"
"""A tag that each resource is said to have had, so that one is taken away."""


def repeat_updates(state: StackState, provider: Provider) -> tuple[str, ...]:
    """Have every input of every resource changed from nothing to what it is, and a tag taken away.

    Gives, as `call of resource: code`, the updates that were refused. What can only be replaced stays; no
    state is written.
    """
    troubles = []
    for resource in state.ordered():
        if not resource.custom or resource.external:
            continue
        kind = provider.resource_type(resource.type)
        if kind.not_emulated is not None:
            continue
        inputs = for_provider(resource.inputs)
        before = {name: inputs[name] for name in kind.replace_on if name in inputs}
        if "tags" in inputs:
            before["tags"] = {**inputs["tags"], TAG: "yes"}
        operation = Operation(id=str(uuid.uuid4()), urn=resource.urn)
        now = State(id=resource.id, outputs=reveal_properties(resource.outputs))
        try:
            provider.update(operation, resource.type, resource.id, inputs, now, before)
        except ProviderError as error:
            troubles.append(f"{error.call} of {name_of(resource.urn)}: {error.code}")
    return tuple(troubles)
