from __future__ import annotations

from typing import Any

import pytest


def _tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def _group(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_security_groups(GroupIds=[state.id])["SecurityGroups"][0]
    return found["Description"], found["IpPermissions"], found["IpPermissionsEgress"], _tags(found)


def _rule(world: Any, state: Any) -> Any:
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


def _endpoint(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_vpc_endpoints(VpcEndpointIds=[state.id])["VpcEndpoints"][0]
    return found["VpcEndpointType"], len(found["RouteTableIds"]), len(found["SubnetIds"]), _tags(found)


def _route_tables(world: Any, number: int) -> list[str]:
    return [world.make("aws:ec2/routeTable:RouteTable", vpcId=world.vpc()).id for _ in range(number)]


POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}'
)

CASES = {
    "security group": {
        "token": "aws:ec2/securityGroup:SecurityGroup",
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
        "token": "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
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
        "token": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
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
        "token": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "inputs": lambda w: {"securityGroupId": w.group(1), "ipProtocol": "-1", "cidrIpv4": "10.3.0.0/16"},
        "look": lambda w, s: _rule(w, s)[:2] + _rule(w, s)[4:5],
        "created": (True, "-1", "10.3.0.0/16"),
    },
    "gateway endpoint": {
        "token": "aws:ec2/vpcEndpoint:VpcEndpoint",
        "inputs": lambda w: {
            "vpcId": w.vpc(),
            "serviceName": "com.amazonaws.us-east-1.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": _route_tables(w, 1),
            "policy": POLICY,
            "tags": {"a": "1"},
        },
        "look": _endpoint,
        "created": ("Gateway", 1, 0, {"a": "1"}),
        "outputs": "arn prefixListId state ownerId",
        "change": lambda w: {"routeTableIds": _route_tables(w, 2), "tags": {"a": "2"}},
        "updated": ("Gateway", 2, 0, {"a": "2"}),
    },
    "interface endpoint": {
        "token": "aws:ec2/vpcEndpoint:VpcEndpoint",
        "inputs": lambda w: {
            "vpcId": w.vpc(),
            "serviceName": "com.amazonaws.us-east-1.logs",
            "vpcEndpointType": "Interface",
            "subnetIds": [w.subnet(1)],
            "securityGroupIds": [w.group(1)],
            "privateDnsEnabled": True,
        },
        "look": _endpoint,
        "created": ("Interface", 0, 1, {}),
        "outputs": "arn dnsEntries",
        "change": lambda w: {"subnetIds": [w.subnet(1), w.subnet(2)], "securityGroupIds": [w.group(2)]},
        "updated": ("Interface", 0, 2, {}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_access_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Groups, rules and endpoints are made, seen, changed in place, and removed twice (NET-4)."""
    walk(case)


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
def test_rule_names_its_peer(world: Any, peer: str, value: Any) -> None:
    """A rule may name another group or a prefix list instead of a range of addresses."""
    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
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


def test_new_group_lets_nothing_out(world: Any) -> None:
    """A security group has no rule that was not asked for, unlike one that AWS makes by itself (NET-4)."""
    state = world.make("aws:ec2/securityGroup:SecurityGroup", vpcId=world.vpc())
    found = world.aws("ec2").describe_security_groups(GroupIds=[state.id])["SecurityGroups"][0]
    assert found["IpPermissionsEgress"] == []
    assert found["Description"] == "Managed by Pulumi"


def test_adopted_default_group_is_the_vpcs_own(world: Any) -> None:
    """Adopting the default group makes no new group."""
    vpc = world.make("aws:ec2/vpc:Vpc", cidrBlock="10.4.0.0/16")
    group = world.make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", vpcId=vpc.id)
    assert group.id == vpc.outputs["defaultSecurityGroupId"]
