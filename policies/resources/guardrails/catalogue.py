"""All rules, in the order of their ids."""

from __future__ import annotations

from .credentials import BOUNDARY, ROTATION
from .exposure import MESH_EGRESS, NO_PUBLIC_ROUTE
from .lifecycle import ENDED_RUNTIME, ENDED_SERVICE
from .logs import DECLARED_LOG_GROUP, LOG_RETENTION
from .rule import Guardrail
from .tags import TAGS

RULES: tuple[Guardrail, ...] = (
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


def rule(identity: str) -> Guardrail:
    """The rule with an id."""
    return next(one for one in RULES if one.id == identity)
