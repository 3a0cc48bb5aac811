"""Decides, for one resource at a time, what has to happen to it. Pure: values in, a step out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sandbox.engine.errors import (
    ImportMismatchError,
    ProtectedResourceError,
    UnknownPropertyError,
    UnsupportedOptionError,
)
from sandbox.engine.planning.diff import PropertyChange, compare
from sandbox.engine.planning.ignoring import keep_ignored
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import ResourceType
from sandbox.engine.values.paths import Path, parse, touches
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.wire import Wire


def check_properties(goal: ResourceGoal, kind: ResourceType) -> None:
    """Refuse inputs that the provider has no meaning for; raises UnknownPropertyError."""
    unknown = sorted(
        name for name, value in goal.inputs.items() if value is not None and name not in kind.properties
    )
    if unknown:
        raise UnknownPropertyError(goal.urn, unknown[0])


def check_import(goal: ResourceGoal, found: Wire) -> None:
    """Refuse to import a resource that is not what the program says; raises ImportMismatchError.

    Only the properties that both name are compared: nobody writes down everything that a resource has.
    """
    known = {name: found[name] for name in goal.inputs if name in found}
    asked = {name: goal.inputs[name] for name in known}
    differing = compare(known, asked)
    if differing:
        raise ImportMismatchError(goal.urn, goal.import_id, differing[0].path)


def keep_ignored_inputs(goal: ResourceGoal, old: ResourceState | None) -> ResourceGoal:
    """Give the goal the recorded value of every input that the program wants ignored."""
    if old is None or not goal.ignore_changes:
        return goal
    return replace(goal, inputs=keep_ignored(goal.inputs, old.inputs, goal.ignore_changes))


def component_step(goal: ResourceGoal, old: ResourceState | None) -> Step:
    """Choose the step of a component: only a name in the state, it comes and goes with its children."""
    formerly = old.urn if old is not None and old.urn != goal.urn else ""
    return Step(action=StepAction.CREATE if old is None else StepAction.SAME, urn=goal.urn, formerly=formerly)


def decide_step(goal: ResourceGoal, old: ResourceState | None, kind: ResourceType) -> Step:
    """Choose the step that brings a custom resource from what was recorded to the goal.

    One that so far was only read is not the program's own, so it has to be made. Raises
    ProtectedResourceError where a protected resource would have to be replaced; taking the protection off
    in the same run allows it, as Pulumi does.
    """
    note = kind.not_emulated or ""
    if old is None or old.external:
        return Step(action=StepAction.CREATE, urn=goal.urn, note=note)
    if goal.import_id and goal.import_id != old.id:
        raise UnsupportedOptionError(goal.urn, "import_ of another id")
    formerly = old.urn if old.urn != goal.urn else ""
    changes = _with_replacements(compare(old.inputs, goal.inputs), goal, kind)
    if not changes and not old.init_errors:
        return Step(action=StepAction.SAME, urn=goal.urn, note=note, formerly=formerly)
    if not any(change.replaces for change in changes):
        return Step(action=StepAction.UPDATE, urn=goal.urn, changes=changes, note=note, formerly=formerly)
    if old.protect and goal.protect:
        raise ProtectedResourceError(goal.urn, "replaced")
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
