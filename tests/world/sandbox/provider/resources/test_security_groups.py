"""Security groups and their rules."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.resources import security_groups
from tests.support.provider.world import Walk, World, tags_of


def _group(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_security_groups(GroupIds=[state.id])["SecurityGroups"][0]
    return (
        found["Description"],
        found["IpPermissions"],
        found["IpPermissionsEgress"],
        tags_of(found.get("Tags", [])),
    )


def _rule(world: World, state: Any) -> Any:
    rules = world.aws("ec2").describe_security_group_rules(SecurityGroupRuleIds=[state.id])[
        "SecurityGroupRules"
    ]
    found = rules[0]
    peer = (
        found.get("CidrIpv4")
        or found.get("PrefixListId")
        or found.get("ReferencedGroupInfo", {}).get("GroupId")
    )
    return (
        found["IsEgress"],
        found["IpProtocol"],
        found["FromPort"],
        found["ToPort"],
        peer,
        found.get("Description"),
    )


CASES: dict[str, dict[str, Any]] = {
    "security group": {
        "token": security_groups.SECURITY_GROUP.token,
        "inputs": lambda w: {
            "name": w.unique("group"),
            "vpcId": w.vpc(),
            "description": "d",
            "tags": {"a": "1"},
        },
        "look": _group,
        "created": ("d", [], [], {"a": "1"}),
        "outputs": "arn ownerId",
        "change": {"tags": {"a": "2", "b": "3"}},
        "updated": ("d", [], [], {"a": "2", "b": "3"}),
    },
    "default security group": {
        "token": security_groups.DEFAULT_SECURITY_GROUP.token,
        "inputs": lambda w: {
            "vpcId": w.make("aws:ec2/vpc:Vpc", cidrBlock="10.5.0.0/16").id,
            "tags": {"a": "1"},
        },
        "look": _group,
        "created": ("default VPC security group", [], [], {"a": "1"}),
        "outputs": "arn ownerId name",
        "change": {"tags": {"a": "2"}},
        "updated": ("default VPC security group", [], [], {"a": "2"}),
        "stays": True,
    },
    "ingress rule from a group": {
        "token": security_groups.INGRESS_RULE.token,
        "inputs": lambda w: {
            "securityGroupId": w.group(1),
            "ipProtocol": "tcp",
            "fromPort": 8080,
            "toPort": 8080,
            "cidrIpv4": "10.1.0.0/16",
            "description": "from there",
            "tags": {"a": "1"},
        },
        "look": _rule,
        "created": (False, "tcp", 8080, 8080, "10.1.0.0/16", "from there"),
        "outputs": "arn securityGroupRuleId",
        "change": {
            "fromPort": 8081,
            "toPort": 8082,
            "description": "from elsewhere",
            "cidrIpv4": "10.2.0.0/16",
        },
        "updated": (False, "tcp", 8081, 8082, "10.2.0.0/16", "from elsewhere"),
    },
    "egress rule to a range": {
        "token": security_groups.EGRESS_RULE.token,
        "inputs": lambda w: {"securityGroupId": w.group(1), "ipProtocol": "-1", "cidrIpv4": "10.3.0.0/16"},
        "look": lambda w, s: _rule(w, s)[:2] + _rule(w, s)[4:5],
        "created": (True, "-1", "10.3.0.0/16"),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (NET-4)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in security_groups.MAPPINGS} - walked == set()


@pytest.mark.parametrize(
    ("peer", "value"),
    [
        ("referencedSecurityGroupId", lambda w: w.group(2)),
        (
            "prefixListId",
            lambda w: w.provider.invoke(
                "aws:ec2/getPrefixList:getPrefixList", {"name": "com.amazonaws.us-east-1.s3"}
            )["id"],
        ),
    ],
)
def test_rule_names_its_peer(world: World, peer: str, value: Any) -> None:
    """A rule may name another group or a prefix list instead of a range of addresses."""
    token = security_groups.EGRESS_RULE.token
    inputs = {
        "securityGroupId": world.group(3),
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        peer: value(world),
    }
    state = world.make(token, **inputs)
    assert _rule(world, state)[4] == inputs[peer]
    world.drop(token, state, inputs)


def test_new_group_lets_nothing_out(world: World) -> None:
    """A security group has no rule that was not asked for, unlike one that AWS makes by itself (NET-4)."""
    state = world.make(security_groups.SECURITY_GROUP.token, vpcId=world.vpc())
    found = world.aws("ec2").describe_security_groups(GroupIds=[state.id])["SecurityGroups"][0]
    assert found["IpPermissionsEgress"] == []
    assert found["Description"] == "Managed by Pulumi"


def test_adopted_default_group_is_the_vpcs_own(world: World) -> None:
    """Adopting the default group makes no new group."""
    vpc = world.make("aws:ec2/vpc:Vpc", cidrBlock="10.4.0.0/16")
    group = world.make(security_groups.DEFAULT_SECURITY_GROUP.token, vpcId=vpc.id)
    assert group.id == vpc.outputs["defaultSecurityGroupId"]
