"""Finds what belongs together: a security group or a listener and the rules that are resources of their own,
and all resources of a type whose number AWS limits.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.values import Graph, Resource
from .openings import GROUPS, RULES
from .rules.limits import COUNTED
from .subject import Subject

_OWNERS = {
    "securityGroupId": (GROUPS, RULES),
    "listenerArn": (("aws_lb_listener",), ("aws_lb_listener_rule",)),
}
"""By the input that names the owner: the types of owners, and of what they own."""


def related_subjects(graph: Graph, subjects: Mapping[str, Subject]) -> Mapping[str, tuple[Subject, ...]]:
    """The others that belong to what a resource is, or is a part of, by URN."""
    members: dict[str, list[str]] = {}
    counted: dict[str, list[str]] = {}
    for resource in graph.resources:
        if resource.urn not in subjects:
            continue
        if owner := _owner(resource, subjects):
            members.setdefault(owner, []).append(resource.urn)
        if subjects[resource.urn].kind in COUNTED:
            counted.setdefault(subjects[resource.urn].kind, []).append(resource.urn)
    found = {
        urn: tuple(subjects[other] for other in urns if other != urn)
        for urns in members.values()
        for urn in urns
    }
    for first, *others in counted.values():
        found[first] = (*found.get(first, ()), *(subjects[urn] for urn in others))
    return found


def _owner(resource: Resource, subjects: Mapping[str, Subject]) -> str:
    """What tells an owner: its URN, or its id where it is not in the graph."""
    kind = subjects[resource.urn].kind
    for name, (owners, owned) in _OWNERS.items():
        if kind in owners:
            return resource.urn
        if kind not in owned:
            continue
        for urn in resource.references.get(name, ()):
            if urn in subjects and subjects[urn].kind in owners:
                return urn
        literal = resource.inputs.get(name)
        return literal if isinstance(literal, str) else ""
    return ""
