"""Foresees what becomes of the steps that a run began and a kill cut off. Pure.

A run does them again before anything else. A preview has to show that, or a deployment that looks at the
preview would leave them undone; so both start from the state as it will be then, and both tell the step on
a resource as one with what was cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.engine.planning.steps import Action, Step
from sandbox.engine.state.stack_state import Pending, Removed, StackState
from sandbox.engine.values.resource import Resource
from sandbox.engine.values.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The state once the pending steps are done, and what that does to each resource by URN.

    An id or output that only doing them brings is left out: it is unknown.
    """

    state: StackState
    done: Mapping[str, Action]


def foresee(state: StackState) -> Resumption:
    """Do all pending steps in the mind."""
    ahead = state.copy()
    done: dict[str, Action] = {}
    for pending in state.pending.values():
        action = _take(ahead, pending)
        if action is not None:
            done[pending.resource.urn] = action
    ahead.pending.clear()
    return Resumption(state=ahead, done=done)


def _take(state: StackState, pending: Pending) -> Action | None:
    resource = pending.resource
    old = state.resources.get(resource.urn)
    match pending.kind:
        case "deleting":
            if old is not None and old.id == resource.id:
                del state.resources[resource.urn]
                return Action.DELETE
            state.apply([Removed(urn=resource.urn, id=resource.id)])
            return None
        case "updating":
            outputs = _updated_outputs(old, resource) if old is not None else resource.inputs
            state.resources[resource.urn] = replace(resource, outputs=outputs)
            return Action.UPDATE
        case _:
            if old is not None and not old.external:
                state.condemned.append(old)
            state.resources[resource.urn] = replace(resource, outputs=resource.inputs)
            return Action.CREATE if old is None or old.external else Action.REPLACE


def _updated_outputs(old: Resource, new: Resource) -> Wire:
    taken_away = old.inputs.keys() - new.inputs.keys()
    stable = {name: value for name, value in old.outputs.items() if name not in taken_away}
    return {**stable, **new.inputs}


def told(step: Step, done: Mapping[str, Action]) -> Step:
    """Say what happens to a resource in all, when something was done to it before its own step."""
    match done.get(step.urn), step.action:
        case None, _:
            return step
        case Action.DELETE, Action.CREATE:
            return replace(step, action=Action.REPLACE, delete_first=True)
        case (Action.CREATE | Action.REPLACE | Action.UPDATE) as before, Action.SAME:
            return replace(step, action=before)
        case (Action.CREATE | Action.REPLACE) as before, Action.UPDATE:
            return replace(step, action=before)
        case _:
            return step


def unclaimed(done: Mapping[str, Action], registered: frozenset[str]) -> list[Step]:
    """Say what was deleted early and has not come back."""
    return [
        Step(action=Action.DELETE, urn=urn)
        for urn, action in done.items()
        if action is Action.DELETE and urn not in registered
    ]
