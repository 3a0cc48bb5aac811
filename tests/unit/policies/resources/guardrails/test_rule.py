"""A rule and the types that it speaks of."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from policies.resources.findings.severity import Severity
from policies.resources.guardrails.catalogue import INSTEAD_OF_CHECKOV, RULES
from policies.resources.guardrails.rule import Guardrail, Reach
from policies.resources.terraform.schema import provider_schema


def about(*kinds: str) -> Guardrail:
    return Guardrail(
        id="X_1", name="x", title="t", hint="h", reach=Reach.ANYBODY, kinds=kinds, judge=lambda _: None
    )


@pytest.mark.parametrize(
    ("kinds", "kind", "speaks"),
    [
        (("aws_lb",), "aws_lb", True),
        (("aws_lb",), "aws_lb_listener", False),
        (("aws_lb",), "aws_LB", False),
        (("aws_ecs_*",), "aws_ecs_service", True),
        (("aws_ecs_*",), "aws_ecs", False),
        (("aws_lb", "aws_elb"), "aws_elb", True),
        (("aws_*",), "", False),
        ((), "aws_lb", False),
    ],
)
def test_a_rule_speaks_of_its_types_alone(kinds: tuple[str, ...], kind: str, *, speaks: bool) -> None:
    """A type is met whole and letter by letter, or by a pattern; a rule without types is silent."""
    assert about(*kinds).speaks_of(kind) is speaks


def test_every_type_of_every_rule_is_there() -> None:
    """A type or pattern that no resource of the provider has would never be judged, and nobody would see."""
    types = provider_schema().types
    silent = [
        (rule.id, pattern)
        for rule in (*RULES, *INSTEAD_OF_CHECKOV)
        for pattern in rule.kinds
        if not any(fnmatchcase(kind, pattern) for kind in types)
    ]
    assert silent == []


def test_rules_are_told_apart() -> None:
    """Suppressions name an id and the policy pack a name, so no two rules share one."""
    rules = (*RULES, *INSTEAD_OF_CHECKOV)
    assert len({rule.id for rule in rules}) == len({rule.name for rule in rules}) == len(rules)


def test_a_rule_of_nobodys_severity_counts() -> None:
    """A rule that says no severity is above the lowest, so that `--fail-on medium` stops at it."""
    assert about().severity is Severity.MEDIUM
    assert about().severity.rank > Severity.LOW.rank
