"""All rules, in the order of their ids."""

from __future__ import annotations

from policies.resources.guardrails.credentials import BOUNDARY, ROTATION
from policies.resources.guardrails.exposure import MESH_EGRESS, NO_PUBLIC_ROUTE
from policies.resources.guardrails.lifecycle import ENDED_RUNTIME, ENDED_SERVICE
from policies.resources.guardrails.logs import DECLARED_LOG_GROUP, LOG_RETENTION
from policies.resources.guardrails.rule import Rule
from policies.resources.guardrails.tags import TAGS

RULES: tuple[Rule, ...] = (
    TAGS,
    NO_PUBLIC_ROUTE,
    LOG_RETENTION,
    DECLARED_LOG_GROUP,
    ENDED_SERVICE,
    ENDED_RUNTIME,
    MESH_EGRESS,
    ROTATION,
    BOUNDARY,
)


def rule(identity: str) -> Rule:
    """The rule with an id."""
    return next(one for one in RULES if one.id == identity)
