"""Decides, for one resource at a time, what has to happen to it. Pure: values in, a step out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sandbox.engine import wire
from sandbox.engine.diff import PropertyChange, apply_ignored, compare
from sandbox.engine.errors import ProtectedResourceError, UnknownPropertyError
from sandbox.engine.provider import ResourceType
from sandbox.engine.resource import Goal, Resource
from sandbox.engine.steps import Action, Step


def check(goal: Goal, kind: ResourceType) -> None:
    """Refuse inputs that the provider has no meaning for; raises UnknownPropertyError."""
    unknown = sorted(
        name for name, value in goal.inputs.items() if value is not None and name not in kind.properties
    )
    if unknown:
        raise UnknownPropertyError(goal.urn, unknown[0])


def settle(goal: Goal, old: Resource | None) -> Goal:
    """Give the goal the recorded value of every input that the program wants ignored."""
    if old is None or not goal.ignore_changes:
        return goal
    return replace(goal, inputs=apply_ignored(goal.inputs, old.inputs, goal.ignore_changes))


def decide(goal: Goal, old: Resource | None, kind: ResourceType) -> Step:
    """Choose the step that brings a custom resource from what was recorded to the goal.

    Raises ProtectedResourceError where a protected resource would have to be replaced.
    """
    note = kind.not_emulated or ""
    if old is None:
        return Step(action=Action.CREATE, urn=goal.urn, note=note)
    formerly = old.urn if old.urn != goal.urn else ""
    changes = tuple(_judged(change, goal, kind) for change in compare(old.inputs, goal.inputs))
    if not changes and not old.init_errors:
        return Step(action=Action.SAME, urn=goal.urn, note=note, formerly=formerly)
    if not any(change.replaces for change in changes):
        return Step(action=Action.UPDATE, urn=goal.urn, changes=changes, note=note, formerly=formerly)
    if old.protect:
        raise ProtectedResourceError(goal.urn, "replaced")
    delete_first = (
        kind.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
    )
    return Step(
        action=Action.REPLACE,
        urn=goal.urn,
        changes=changes,
        delete_first=delete_first,
        note=note,
        formerly=formerly,
    )


def _judged(change: PropertyChange, goal: Goal, kind: ResourceType) -> PropertyChange:
    forced = change.property in kind.replace_on or change.property in goal.replace_on_changes
    forced = forced or "*" in goal.replace_on_changes
    return replace(change, replaces=True) if forced else change


def record_only_differs(goal: Goal, old: Resource) -> bool:
    """Say whether something changed that only the state knows: edges of the graph, flags, secrecy."""
    return (
        old.parent != goal.parent
        or old.protect != goal.protect
        or old.retain_on_delete != goal.retain_on_delete
        or set(old.dependencies) != set(goal.dependencies)
        or dict(old.property_dependencies) != dict(goal.property_dependencies)
        or old.additional_secret_outputs != goal.additional_secret_outputs
        or wire.secret_names(old.inputs) != wire.secret_names(goal.inputs)
        or old.urn != goal.urn
    )


def carried_away(
    gone: Resource, resources: Iterable[Resource], kinds: Mapping[str, ResourceType]
) -> list[Resource]:
    """Find what must be deleted before `gone` is, when `gone` is deleted before its replacement is made.

    Those are the resources that refer to it through an input whose change replaces them too, and so on from
    these. Given and returned in dependency order.
    """
    doomed = {gone.urn}
    found: list[Resource] = []
    for resource in resources:
        kind = kinds.get(resource.type)
        if resource.urn in doomed or kind is None:
            continue
        by = (name for name, urns in resource.property_dependencies.items() if doomed.intersection(urns))
        if any(name in kind.replace_on for name in by):
            doomed.add(resource.urn)
            found.append(resource)
    return found


def leftovers(resources: Iterable[Resource], registered: frozenset[str]) -> list[Resource]:
    """List what the program no longer asks for, in the order to delete it: dependents first.

    `resources` are in dependency order. Raises ProtectedResourceError for a protected one.
    """
    gone = [resource for resource in resources if resource.urn not in registered]
    for resource in gone:
        if resource.protect:
            raise ProtectedResourceError(resource.urn, "deleted")
    return gone[::-1]
