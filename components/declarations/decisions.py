"""How many decisions services ask for at a time: what the governance function is reserved for."""

from __future__ import annotations

from components.declarations.services import Services

DECISIONS_AT_ONCE = 4
"""Decisions that one task asks for at a time (`GOVERNANCE_CONCURRENCY` of its environment)."""

ROLLING = 2
"""How many times its tasks a service may have while a deployment replaces them."""

MOST_RESERVED = 900
"""Of the 1,000 executions at once that an account has, Lambda keeps 100 that nobody may reserve:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""

OTHERS = 8
"""Calls at once that are left for those who ask through the function's URL."""


def decisions_at_once(services: Services) -> int:
    """The most that all tasks of all callers may ask at once, and others with them: more is throttled.

    It is at most what an account may reserve; a caller asks anew only when a grant has expired.
    """
    tasks = sum(service.scaling.max for service in services.services if service.calls)
    return min(tasks * ROLLING * DECISIONS_AT_ONCE + OTHERS, MOST_RESERVED)
