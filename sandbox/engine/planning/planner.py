"""Decides, for one resource at a time, what has to happen to it. Pure: values in, a decision out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandbox.engine.errors import (
    ImportMismatchError,
    ProtectedResourceError,
    UnknownPropertyError,
    UnsupportedOptionError,
)
from sandbox.engine.planning.diff import PropertyChange, compare
from sandbox.engine.planning.ignoring import keep_ignored
from sandbox.engine.planning.record import (
    current_outputs,
    draft_resource,
    unchanged_resource,
    with_secret_outputs,
)
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import ResourceType
from sandbox.engine.values.paths import Path, parse, touches
from sandbox.engine.values.properties import mark_as
from sandbox.engine.values.resource import ResourceGoal, ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDecision:
    """What is to happen to one resource, and how it will be recorded.

    `resource` is complete where the resource stays as it is; otherwise it is a draft, without what only the
    step brings: the id, where there is none yet, and the outputs.
    """

    step: Step
    resource: ResourceState


def decide(goal: ResourceGoal, old: ResourceState | None, kind: ResourceType | None) -> StepDecision:
    """Choose the step that brings a resource from what was recorded to the goal; a component has no `kind`.

    Raises UnknownPropertyError, UnsupportedOptionError, and ProtectedResourceError where a protected resource
    would have to be replaced; taking the protection off in the same run allows it, as Pulumi does.
    """
    if kind is None:
        return _decide_component(goal, old)
    _check_properties(goal, kind)
    if old is not None and goal.ignore_changes:
        goal = replace(goal, inputs=keep_ignored(goal.inputs, old.inputs, goal.ignore_changes))
    step = _choose_step(goal, old, kind)
    if old is not None and step.action is StepAction.SAME:
        return StepDecision(step=step, resource=unchanged_resource(goal, old, kind.secret_outputs))
    draft = draft_resource(goal)
    if old is not None and step.action is StepAction.UPDATE:
        draft = replace(draft, id=old.id, created=old.created)
    return StepDecision(step=step, resource=draft)


def _decide_component(goal: ResourceGoal, old: ResourceState | None) -> StepDecision:
    """Decide about a component: only a name in the state, it comes and goes with its children."""
    if old is None:
        return StepDecision(step=Step(action=StepAction.CREATE, urn=goal.urn), resource=draft_resource(goal))
    step = Step(action=StepAction.SAME, urn=goal.urn, formerly=_former_urn(goal, old))
    return StepDecision(step=step, resource=unchanged_resource(goal, old, ()))


def _check_properties(goal: ResourceGoal, kind: ResourceType) -> None:
    """Refuse inputs that the provider has no meaning for."""
    unknown = sorted(
        name for name, value in goal.inputs.items() if value is not None and name not in kind.properties
    )
    if unknown:
        raise UnknownPropertyError(goal.urn, unknown[0])


def _choose_step(goal: ResourceGoal, old: ResourceState | None, kind: ResourceType) -> Step:
    """Choose the step of a provider's resource; one that so far was only read has to be created."""
    note = kind.not_emulated or ""
    if old is None or old.external:
        return Step(action=StepAction.CREATE, urn=goal.urn, note=note)
    if goal.import_id and goal.import_id != old.id:
        raise UnsupportedOptionError(goal.urn, "import_ of another id")
    formerly = _former_urn(goal, old)
    changes = _with_replacements(compare(old.inputs, goal.inputs), goal, kind)
    if not changes and not old.init_errors:
        return Step(action=StepAction.SAME, urn=goal.urn, note=note, formerly=formerly)
    if not any(change.replaces for change in changes):
        return Step(action=StepAction.UPDATE, urn=goal.urn, changes=changes, note=note, formerly=formerly)
    if old.protect and goal.protect:
        forced = dict.fromkeys(change.path for change in changes if change.replaces)
        raise ProtectedResourceError(goal.urn, "replaced", tuple(forced))
    delete_first = (
        kind.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
    )
    return Step(
        action=StepAction.REPLACE,
        urn=goal.urn,
        changes=changes,
        delete_first=delete_first,
        note=note,
        formerly=formerly,
    )


def _former_urn(goal: ResourceGoal, old: ResourceState) -> str:
    return old.urn if old.urn != goal.urn else ""


def _with_replacements(
    changes: Iterable[PropertyChange], goal: ResourceGoal, kind: ResourceType
) -> tuple[PropertyChange, ...]:
    forcing: tuple[Path, ...] = tuple(parse(path) for path in goal.replace_on_changes)
    return tuple(
        replace(change, replaces=True)
        if change.property in kind.replace_on or any(touches(path, parse(change.path)) for path in forcing)
        else change
        for change in changes
    )


def predict(
    decision: StepDecision,
    goal: ResourceGoal,
    old: ResourceState | None,
    kind: ResourceType,
    *,
    updated: bool,
) -> ResourceState:
    """Say what a resource will look like after its step; an id or output that is left out is unknown.

    `updated` says that it is changed in place before its own step, too.
    """
    draft, action = decision.resource, decision.step.action
    if old is None or action not in (StepAction.SAME, StepAction.UPDATE):
        outputs = with_secret_outputs(draft, draft.inputs, kind.secret_outputs)
        return replace(draft, id=goal.import_id, outputs=outputs)
    outputs = current_outputs(draft, old, kind.secret_outputs)
    doubtful = set(kind.volatile_outputs) if updated or action is StepAction.UPDATE else set()
    if action is StepAction.UPDATE:
        doubtful |= old.inputs.keys() - draft.inputs.keys()
        outputs = {**outputs, **draft.inputs}
    known = {name: value for name, value in outputs.items() if name not in doubtful}
    return replace(draft, id=old.id, outputs=with_secret_outputs(draft, known, kind.secret_outputs))


def decide_import(goal: ResourceGoal, found: ResourceState, kind: ResourceType) -> tuple[ResourceState, Step]:
    """How a resource that exists is recorded, and the step that then makes it what the program says.

    As Pulumi does, what differs is imported as it is, and updated. Only the properties that both name are
    compared: a program never names everything that a resource has. Raises ImportMismatchError where what
    differs could only be replaced, which would delete what was to be taken over.
    """
    both = [name for name in goal.inputs if name in found.outputs]
    now = mark_as({name: found.outputs[name] for name in both}, goal.inputs)
    differing = compare(now, {name: goal.inputs[name] for name in both})
    there = {change.property: now[change.property] for change in differing if change.property in now}
    recorded = replace(found, inputs={**goal.inputs, **there})
    step = _choose_step(goal, recorded, kind)
    if step.action is StepAction.REPLACE:
        raise ImportMismatchError(goal.urn, goal.import_id, differing[0].path)
    return recorded, step
