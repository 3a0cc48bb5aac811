"""Writes what differs from the program as lines and as a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cli.deployment.drift.finding import EnvironmentDrift, owner_of
from cli.terminal.plan_view import change_line
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift
from sandbox.engine.values.urn import type_and_name

NOT_LOOKED_FOR = (
    "additions are looked for inside of resources (rules, routes, policies of roles, listeners, services, "
    "subscriptions, parts of a VPC); a resource added beside them is not found"
)
_TOLD = {
    DriftKind.DELETED: "deleted",
    DriftKind.NEVER_DEPLOYED: "never deployed",
    DriftKind.NOT_DECLARED: "deployed, and not declared any more",
}


def drift_document(found: EnvironmentDrift, environment: str) -> dict[str, Any]:
    """Write what differs as a JSON value."""
    return {
        "environment": environment,
        "looked_at": found.looked_at,
        "differences": [
            {
                "urn": drift.urn,
                "kind": drift.kind.value,
                "inside": drift.inside or None,
                "changes": [_change_document(change) for change in drift.changes],
                "trouble": drift.trouble,
            }
            for drift in found.drifts
        ],
        "delegated": [
            {"urn": drift.urn, "owner": owner, **_change_document(change)}
            for drift, change, owner in _delegated(found.delegated)
        ],
        "not_told": {urn: list(paths) for layer in found.layers for urn, paths in layer.untold.items()},
        "not_looked_for": NOT_LOOKED_FOR,
    }


def _change_document(change: PropertyChange) -> dict[str, Any]:
    return {"path": change.path, "declared": change.old, "live": change.new}


def drift_lines(found: EnvironmentDrift) -> Iterator[str]:
    """Write what differs as lines."""
    for drift in found.drifts:
        kind, name = type_and_name(drift.urn)
        yield f"{kind} {name}: {_told(drift)}"
        for change in drift.changes:
            yield change_line(change)
    for drift, change, owner in _delegated(found.delegated):
        kind, name = type_and_name(drift.urn)
        yield f"delegated  {kind} {name}: {change.path} belongs to {owner}"
    if not found.drifts:
        yield f"all {found.looked_at} resources are as declared"
    untold = sum(len(paths) for layer in found.layers for paths in layer.untold.values())
    if untold:
        yield f"not told   {untold} inputs, which no answer of AWS tells (--json names them)"
    yield f"not seen   {NOT_LOOKED_FOR}"


def _told(drift: ResourceDrift) -> str:
    match drift.kind:
        case DriftKind.CHANGED:
            return "changed"
        case DriftKind.ADDED:
            kind, name = type_and_name(drift.inside)
            return f"added to {kind} {name}"
        case DriftKind.NOT_LOOKED_UP:
            return f"not looked up: {drift.trouble}"
    return _TOLD[drift.kind]


def _delegated(drifts: Iterable[ResourceDrift]) -> Iterator[tuple[ResourceDrift, PropertyChange, str]]:
    for drift in drifts:
        kind, _ = type_and_name(drift.urn)
        for change in drift.delegated:
            yield drift, change, owner_of(kind, change.property)
