"""Computes what becomes of the steps that a run began and a kill cut off. Pure.

A run does them again before anything else. A preview has to show that, or a deployment that looks at the
preview would leave them undone; so both start from the state as it will be then, and both report
a resource's step merged with what was cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.state.entries import PendingOperation, ResourceRemoved
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class RedoneState:
    """The state once the pending steps are done, and what that does to each resource by URN.

    An id or output that only doing them brings is left out: it is unknown.
    """

    state: StackState
    done: Mapping[str, StepAction]


def after_redo(state: StackState) -> RedoneState:
    """Compute the state as it will be once the interrupted steps have been redone."""
    ahead = state.copy()
    done: dict[str, StepAction] = {}
    for operation in state.pending_operations.values():
        action = _redo(ahead, operation)
        if action is not None:
            done[operation.resource.urn] = action
    ahead.pending_operations.clear()
    return RedoneState(state=ahead, done=done)


def _redo(state: StackState, operation: PendingOperation) -> StepAction | None:
    resource = operation.resource
    old = state.resources.get(resource.urn)
    match operation.kind:
        case "deleting":
            if old is not None and old.id == resource.id:
                del state.resources[resource.urn]
                return StepAction.DELETE
            state.apply([ResourceRemoved(urn=resource.urn, id=resource.id)])
            return None
        case "updating":
            outputs = _updated_outputs(old, resource) if old is not None else resource.inputs
            state.resources[resource.urn] = replace(resource, outputs=outputs)
            return StepAction.UPDATE
        case _:
            if old is not None and not old.external:
                state.pending_deletes.append(old)
            state.resources[resource.urn] = replace(resource, outputs=resource.inputs)
            return StepAction.CREATE if old is None or old.external else StepAction.REPLACE


def _updated_outputs(old: ResourceState, new: ResourceState) -> PropertyMap:
    taken_away = old.inputs.keys() - new.inputs.keys()
    stable = {name: value for name, value in old.outputs.items() if name not in taken_away}
    return {**stable, **new.inputs}


def merged_with_earlier(step: Step, done: Mapping[str, StepAction]) -> Step:
    """Merge a resource's step with what was done to it earlier in the run."""
    match done.get(step.urn), step.action:
        case None, _:
            return step
        case StepAction.DELETE, StepAction.CREATE:
            return replace(step, action=StepAction.REPLACE, delete_first=True)
        case (StepAction.CREATE | StepAction.REPLACE | StepAction.UPDATE) as before, StepAction.SAME:
            return replace(step, action=before)
        case (StepAction.CREATE | StepAction.REPLACE) as before, StepAction.UPDATE:
            return replace(step, action=before)
        case _:
            return step


def unregistered_deletions(done: Mapping[str, StepAction], registered: frozenset[str]) -> list[Step]:
    """List what was deleted before its turn and was not registered after that."""
    return [
        Step(action=StepAction.DELETE, urn=urn)
        for urn, action in done.items()
        if action is StepAction.DELETE and urn not in registered
    ]
