"""Conditions of policies, and contexts of requests that tell them apart."""

from __future__ import annotations

from typing import Any

from policies.calls.language.policy_parts import PolicyParts, parts_of

CONDITIONS = (
    "",
    'context has tenant && context.tenant == "a"',
    'context has tenant && context.tenant like "tri*"',
    '!(context has tenant) || context.tenant != "b"',
    '["a", "b"].contains(context.environment)',
    'context.environment == "prod"',
    'context.time < datetime("2026-03-01T00:00:00Z")',
    'context.time.toTime() >= duration("9h30m")',
    "context has attributes && context.attributes has size && context.attributes.size > 7",
    "context.proven",
    "context has attributes.purpose",
    'context has attributes && context.attributes has purpose && context.attributes["purpose"] == "x"',
    'principal == Service::"orbit" || 3 < 2',
)
CONTEXTS: tuple[dict[str, Any] | None, ...] = (
    None,
    {},
    {"size": 7},
    {"size": 8},
    {"purpose": "x"},
    {"purpose": "y", "size": 9},
)


def parts_when(condition: str) -> PolicyParts:
    """The parts of a permit with this condition."""
    return parts_of(f'@id("p") @reason("r") permit (principal, action, resource) when {{ {condition} }};')
