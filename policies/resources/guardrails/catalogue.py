"""All rules, in the order of their ids."""

from __future__ import annotations

from .rule import Guardrail
from .rules.credentials import BOUNDARY, ROTATION
from .rules.exposure import MESH_EGRESS, NO_PUBLIC_ROUTE
from .rules.github_trust import GITHUB_TRUST
from .rules.inline_rules import MIXED_RULES
from .rules.lifecycle import ENDED_RUNTIME, ENDED_SERVICE
from .rules.limits import AWS_LIMITS
from .rules.logs import DECLARED_LOG_GROUP, LOG_RETENTION
from .rules.open_groups import REPLACEMENTS, WEB_INGRESS, WORLD_EGRESS, WORLD_INGRESS
from .rules.output_texts import OUTPUT_TEXT
from .rules.plain_secrets import PLAIN_SECRET
from .rules.policy_form import EXISTING_ACTIONS, WELL_FORMED_POLICY
from .rules.tags import TAGS

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
    WORLD_INGRESS,
    WEB_INGRESS,
    WORLD_EGRESS,
    MIXED_RULES,
    OUTPUT_TEXT,
    EXISTING_ACTIONS,
    GITHUB_TRUST,
    WELL_FORMED_POLICY,
    PLAIN_SECRET,
    AWS_LIMITS,
)
INSTEAD_OF_CHECKOV: tuple[Guardrail, ...] = REPLACEMENTS
"""Rules that say what checks of checkov say, under the same ids; only where these do not run."""


def rule(identity: str) -> Guardrail:
    """The rule with an id."""
    return next(one for one in RULES if one.id == identity)
