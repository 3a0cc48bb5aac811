"""How many decisions services ask for at a time: what the governance function is reserved for."""

from __future__ import annotations

from components.declarations.services import Services

DECISIONS_AT_ONCE = 4
"""Decisions that one task asks for at a time (`GOVERNANCE_CONCURRENCY` of its environment)."""

ROLLING = 2
"""How many times its tasks a service may have while a deployment replaces them."""

OTHERS = 8
"""Calls at once that are left for those who ask through the function's URL."""


def decisions_at_once(services: Services) -> int:
    """The most that all tasks of all callers may ask at once, and others with them: more is throttled."""
    tasks = sum(service.scaling.max for service in services.services if service.calls)
    return tasks * ROLLING * DECISIONS_AT_ONCE + OTHERS
