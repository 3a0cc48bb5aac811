"""Groups that have some rules inline and some as resources of their own."""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN, Resource
from policies.resources.guardrails.rules.inline_rules import MIXED_RULES
from tests.support.resources.judged import FAILED, PASSED, detail, judge, resource, verdict

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ONE: dict[str, Any] = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}


def of(group: Resource, token: str, name: str = "r", **inputs: Any) -> Resource:
    """A rule of a group, by reference."""
    return Resource(
        urn=f"{token} {name}",
        token=token,
        name=name,
        inputs={"securityGroupId": UNKNOWN, **inputs},
        references={"securityGroupId": (group.urn,)},
    )


INLINE = resource(GROUP, "g", ingress=[ONE])
BARE = resource(GROUP, "g")


@pytest.mark.parametrize(
    "others",
    [
        [of(INLINE, INGRESS, cidrIpv4="10.0.0.0/8")],
        [of(INLINE, RULE, type="ingress", **ONE)],
        [of(INLINE, RULE, type=UNKNOWN, **ONE)],
        [of(INLINE, INGRESS, "a"), of(INLINE, INGRESS, "b"), of(INLINE, EGRESS, "c")],
    ],
)
def test_both_forms_for_one_direction(others: list[Resource]) -> None:
    """The group fails, and says how many rules stand beside its own; the rules themselves are not blamed."""
    assert verdict(MIXED_RULES.id, INLINE, *others, name="g") is FAILED
    assert "`ingress` inline" in detail(MIXED_RULES.id, INLINE, *others, name="g")
    assert not any(check == MIXED_RULES.id and name != "g" for check, name in judge(INLINE, *others))


@pytest.mark.parametrize(
    ("group", "others"),
    [
        (INLINE, []),
        (INLINE, [of(INLINE, EGRESS, cidrIpv4="10.0.0.0/8")]),
        (BARE, [of(BARE, INGRESS), of(BARE, RULE, type="ingress", **ONE)]),
        (INLINE, [resource(INGRESS, "r", securityGroupId="sg-other")]),
    ],
)
def test_one_form_for_each_direction(group: Resource, others: list[Resource]) -> None:
    """Inline alone, separate alone, and rules of another group are fine."""
    assert verdict(MIXED_RULES.id, group, *others, name="g") is PASSED


def test_what_aws_tells_of_a_group_is_not_inline() -> None:
    """An export has all rules with the group; what counts is what the program wrote."""
    group = Resource(urn="g", token=GROUP, name="g", id="sg-1", outputs={"ingress": [ONE]})
    rule = resource(RULE, "r", type="ingress", securityGroupId="sg-1", **ONE)
    assert verdict(MIXED_RULES.id, group, rule, name="g") is PASSED


def test_a_group_is_found_by_its_id() -> None:
    """As an import writes it."""
    group = Resource(urn="g", token=GROUP, name="g", id="sg-1", inputs={"ingress": [ONE]})
    rule = resource(RULE, "r", type="ingress", securityGroupId="sg-1", **ONE)
    assert verdict(MIXED_RULES.id, group, rule, name="g") is FAILED
