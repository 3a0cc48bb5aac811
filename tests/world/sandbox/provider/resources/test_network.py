"""VPCs, subnets, gateways and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.resources import network
from tests.support.provider.world import Walk, World, tags_of

TAGS = {"Name": "a", "myelin:layer": "foundation"}


def _vpc(world: World, state: Any) -> Any:
    ec2 = world.aws("ec2")
    found = ec2.describe_vpcs(VpcIds=[state.id])["Vpcs"][0]
    hostnames = ec2.describe_vpc_attribute(VpcId=state.id, Attribute="enableDnsHostnames")
    return found["CidrBlock"], hostnames["EnableDnsHostnames"]["Value"], tags_of(found.get("Tags", []))


def _subnet(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_subnets(SubnetIds=[state.id])["Subnets"][0]
    return found["AvailabilityZone"], found["MapPublicIpOnLaunch"], tags_of(found.get("Tags", []))


def _gateway(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_internet_gateways(InternetGatewayIds=[state.id])["InternetGateways"][0]
    return len(found["Attachments"]), tags_of(found.get("Tags", []))


def _eip(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_addresses(AllocationIds=[state.id])["Addresses"][0]
    return found["Domain"], found["PublicIp"] == state.outputs["publicIp"], tags_of(found.get("Tags", []))


def _nat(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_nat_gateways(NatGatewayIds=[state.id])["NatGateways"][0]
    return found["ConnectivityType"], tags_of(found.get("Tags", []))


CASES: dict[str, dict[str, Any]] = {
    "vpc": {
        "token": network.VPC.token,
        "inputs": lambda w: {
            "cidrBlock": "10.9.0.0/16",
            "enableDnsHostnames": True,
            "enableDnsSupport": True,
            "tags": TAGS,
        },
        "look": _vpc,
        "created": ("10.9.0.0/16", True, TAGS),
        "outputs": "arn ownerId defaultSecurityGroupId defaultNetworkAclId mainRouteTableId",
        "change": {"enableDnsHostnames": None, "tags": {"Name": "b"}},
        "updated": ("10.9.0.0/16", False, {"Name": "b"}),
    },
    "subnet": {
        "token": network.SUBNET.token,
        "inputs": lambda w: {
            "vpcId": w.vpc(),
            "cidrBlock": "10.0.200.0/24",
            "availabilityZone": "us-east-1b",
            "mapPublicIpOnLaunch": True,
            "tags": TAGS,
        },
        "look": _subnet,
        "created": ("us-east-1b", True, TAGS),
        "outputs": "arn ownerId availabilityZoneId",
        "change": {"mapPublicIpOnLaunch": False, "tags": {**TAGS, "more": "x"}},
        "updated": ("us-east-1b", False, {**TAGS, "more": "x"}),
    },
    "internet gateway": {
        "token": network.INTERNET_GATEWAY.token,
        "inputs": lambda w: {"vpcId": w.vpc(), "tags": TAGS},
        "look": _gateway,
        "created": (1, TAGS),
        "outputs": "arn",
        "change": {"vpcId": None},
        "updated": (0, TAGS),
    },
    "elastic IP": {
        "token": network.EIP.token,
        "inputs": lambda w: {"domain": "vpc", "tags": TAGS},
        "look": _eip,
        "created": ("vpc", True, TAGS),
        "outputs": "allocationId publicIp arn",
        "change": {"tags": {}},
        "updated": ("vpc", True, {}),
    },
    "NAT gateway": {
        "token": network.NAT_GATEWAY.token,
        "inputs": lambda w: {
            "allocationId": w.make(network.EIP.token, domain="vpc").id,
            "subnetId": w.subnet(1),
            "connectivityType": "public",
            "tags": TAGS,
        },
        "look": _nat,
        "created": ("public", TAGS),
        "outputs": "publicIp privateIp networkInterfaceId",
        "change": {"tags": {"Name": "b"}},
        "updated": ("public", {"Name": "b"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (NET-1, NET-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in network.MAPPINGS} - walked == set()


def test_vpc_defaults_are_those_of_the_vpc(world: World) -> None:
    """The default group, ACL and main route table that a VPC names are in it."""
    vpc = world.make(network.VPC.token, cidrBlock="10.8.0.0/16")
    ec2 = world.aws("ec2")
    group = ec2.describe_security_groups(GroupIds=[vpc.outputs["defaultSecurityGroupId"]])["SecurityGroups"][
        0
    ]
    table = ec2.describe_route_tables(RouteTableIds=[vpc.outputs["mainRouteTableId"]])["RouteTables"][0]
    acl = ec2.describe_network_acls(NetworkAclIds=[vpc.outputs["defaultNetworkAclId"]])["NetworkAcls"][0]
    assert {group["VpcId"], table["VpcId"], acl["VpcId"]} == {vpc.id}
    assert group["GroupName"] == "default"
