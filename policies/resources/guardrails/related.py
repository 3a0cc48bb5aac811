"""Finds what belongs together: a security group and the rules that are resources of their own."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.values import Graph, Resource
from .openings import GROUPS, RULES
from .subject import Subject

_GROUP = "securityGroupId"


def related_subjects(graph: Graph, subjects: Mapping[str, Subject]) -> Mapping[str, tuple[Subject, ...]]:
    """The other members of the security group that a resource is, or is a rule of, by URN."""
    members: dict[str, list[str]] = {}
    for resource in graph.resources:
        if resource.urn in subjects and (group := _group(resource, subjects)):
            members.setdefault(group, []).append(resource.urn)
    return {
        urn: tuple(subjects[other] for other in urns if other != urn)
        for urns in members.values()
        for urn in urns
    }


def _group(resource: Resource, subjects: Mapping[str, Subject]) -> str:
    """What tells a group: its URN, or its id where the group is not in the graph."""
    kind = subjects[resource.urn].kind
    if kind in GROUPS:
        return resource.urn
    if kind not in RULES:
        return ""
    for urn in resource.references.get(_GROUP, ()):
        if urn in subjects and subjects[urn].kind in GROUPS:
            return urn
    literal = resource.inputs.get(_GROUP)
    return literal if isinstance(literal, str) else ""
