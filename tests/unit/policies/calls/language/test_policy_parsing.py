"""Single policies are parsed, by Cedar's syntax and by our own rules."""

from __future__ import annotations

import pytest

from policies.calls.language.parsing import parse_all, parse_heads
from policies.calls.language.text import split_policies
from tests.support.governance.policy_files import GOOD, source


@pytest.mark.parametrize(
    ("scope", "principal", "action"),
    [
        ('principal == Service::"orbit", action == Action::"reason", resource', "orbit", "reason"),
        ('principal in Service::"orbit", action in [Action::"reason"], resource', None, None),
        ("principal is Service, action, resource", None, None),
        ('principal, action == Action::"erase", resource == Service::"axon"', None, "erase"),
    ],
)
def test_only_equality_fixes_a_scope(scope: str, principal: str | None, action: str | None) -> None:
    """Every other form may match more than one entity and so belongs with the rules about everyone."""
    ((_, policy),), _ = parse_all(split_policies(source(f'@id("a") @reason("r") permit ({scope});')))
    assert (policy.principal, policy.action) == (principal, action)


def test_policies_that_parse_stand_beside_faults_of_the_others() -> None:
    """One that does not parse hides no other."""
    text = GOOD + "permit (principal, action, resource) when { 1 + };" + GOOD.replace("ok", "last")
    parsed, faults = parse_all(split_policies(source(text)))
    assert [policy.id for _, policy in parsed] == ["ok", "last"]
    assert [fault.line for fault in faults] == [4]


def test_the_head_of_a_policy_has_no_conditions() -> None:
    """Effect, scope and annotations, also of a policy whose condition is too deep to be read as JSON."""
    condition = "true" + " && true" * 1500
    (head,) = parse_heads(split_policies(source(GOOD.replace(";", f" when {{ {condition} }};"))))
    assert (head["effect"], head["annotations"]) == ("permit", {"id": "ok", "reason": "fine"})
    assert head["conditions"] == []
