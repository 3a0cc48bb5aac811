from __future__ import annotations

from typing import Any

import pytest

TAGS = {"Name": "a", "myelin:layer": "foundation"}


def _tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def _vpc(world: Any, state: Any) -> Any:
    ec2 = world.aws("ec2")
    found = ec2.describe_vpcs(VpcIds=[state.id])["Vpcs"][0]
    hostnames = ec2.describe_vpc_attribute(VpcId=state.id, Attribute="enableDnsHostnames")
    return found["CidrBlock"], hostnames["EnableDnsHostnames"]["Value"], _tags(found)


def _subnet(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_subnets(SubnetIds=[state.id])["Subnets"][0]
    return found["AvailabilityZone"], found["MapPublicIpOnLaunch"], _tags(found)


def _gateway(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_internet_gateways(InternetGatewayIds=[state.id])["InternetGateways"][0]
    return len(found["Attachments"]), _tags(found)


def _eip(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_addresses(AllocationIds=[state.id])["Addresses"][0]
    return found["Domain"], found["PublicIp"] == state.outputs["publicIp"], _tags(found)


def _nat(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_nat_gateways(NatGatewayIds=[state.id])["NatGateways"][0]
    return found["ConnectivityType"], _tags(found)


def _table(world: Any, state: Any) -> Any:
    found = world.aws("ec2").describe_route_tables(RouteTableIds=[state.id])["RouteTables"][0]
    return found["VpcId"] == state.outputs["vpcId"], _tags(found)


def _route(world: Any, state: Any) -> Any:
    table = state.outputs["routeTableId"]
    routes = world.aws("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    found = next(route for route in routes if route.get("DestinationCidrBlock") == "0.0.0.0/0")
    return found.get("GatewayId", "").partition("-")[0], found.get("NatGatewayId", "").partition("-")[0]


def _association(world: Any, state: Any) -> Any:
    table = state.outputs["routeTableId"]
    found = world.aws("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"]
    return [
        each["SubnetId"] == state.outputs["subnetId"]
        for each in found
        if each["RouteTableAssociationId"] == state.id
    ]


def _new_table(world: Any) -> str:
    return str(world.make("aws:ec2/routeTable:RouteTable", vpcId=world.vpc()).id)


def _new_nat(world: Any) -> str:
    address = world.make("aws:ec2/eip:Eip", domain="vpc")
    return str(
        world.make("aws:ec2/natGateway:NatGateway", allocationId=address.id, subnetId=world.subnet(1)).id
    )


def _new_gateway(world: Any) -> str:
    return str(world.make("aws:ec2/internetGateway:InternetGateway").id)


def _attached_gateway(world: Any) -> str:
    vpc = world.make("aws:ec2/vpc:Vpc", cidrBlock="10.7.0.0/16").id
    return str(world.make("aws:ec2/internetGateway:InternetGateway", vpcId=vpc).id)


CASES = {
    "vpc": {
        "token": "aws:ec2/vpc:Vpc",
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
        "token": "aws:ec2/subnet:Subnet",
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
        "token": "aws:ec2/internetGateway:InternetGateway",
        "inputs": lambda w: {"vpcId": w.vpc(), "tags": TAGS},
        "look": _gateway,
        "created": (1, TAGS),
        "outputs": "arn",
        "change": {"vpcId": None},
        "updated": (0, TAGS),
    },
    "elastic IP": {
        "token": "aws:ec2/eip:Eip",
        "inputs": lambda w: {"domain": "vpc", "tags": TAGS},
        "look": _eip,
        "created": ("vpc", True, TAGS),
        "outputs": "allocationId publicIp arn",
        "change": {"tags": {}},
        "updated": ("vpc", True, {}),
    },
    "NAT gateway": {
        "token": "aws:ec2/natGateway:NatGateway",
        "inputs": lambda w: {
            "allocationId": w.make("aws:ec2/eip:Eip", domain="vpc").id,
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
    "route table": {
        "token": "aws:ec2/routeTable:RouteTable",
        "inputs": lambda w: {"vpcId": w.vpc(), "tags": TAGS},
        "look": _table,
        "created": (True, TAGS),
        "outputs": "arn",
        "change": {"tags": {"Name": "b"}},
        "updated": (True, {"Name": "b"}),
    },
    "route": {
        "token": "aws:ec2/route:Route",
        "inputs": lambda w: {
            "routeTableId": _new_table(w),
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": _attached_gateway(w),
        },
        "look": _route,
        "created": ("igw", ""),
        "outputs": "state origin",
        "change": lambda w: {"gatewayId": None, "natGatewayId": _new_nat(w)},
        "updated": ("", "nat"),
    },
    "route table association": {
        "token": "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "inputs": lambda w: {"routeTableId": _new_table(w), "subnetId": w.subnet(3)},
        "look": _association,
        "created": [True],
        "change": lambda w: {"routeTableId": _new_table(w)},
        "updated": [True],
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_network_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """A network resource is made, seen, changed in place, and removed, twice without harm (NET-1, NET-2)."""
    walk(case)


def test_vpc_defaults_are_those_of_the_vpc(world: Any) -> None:
    """The default group, ACL and main route table that a VPC names are in it."""
    vpc = world.make("aws:ec2/vpc:Vpc", cidrBlock="10.8.0.0/16")
    ec2 = world.aws("ec2")
    group = ec2.describe_security_groups(GroupIds=[vpc.outputs["defaultSecurityGroupId"]])["SecurityGroups"][
        0
    ]
    table = ec2.describe_route_tables(RouteTableIds=[vpc.outputs["mainRouteTableId"]])["RouteTables"][0]
    acl = ec2.describe_network_acls(NetworkAclIds=[vpc.outputs["defaultNetworkAclId"]])["NetworkAcls"][0]
    assert {group["VpcId"], table["VpcId"], acl["VpcId"]} == {vpc.id}
    assert group["GroupName"] == "default"


def test_route_id_is_terraforms(world: Any) -> None:
    """A route's id is the table and a checksum of the destination, as Terraform has it."""
    table = _new_table(world)
    state = world.make(
        "aws:ec2/route:Route",
        routeTableId=table,
        destinationCidrBlock="0.0.0.0/0",
        gatewayId=_attached_gateway(world),
    )
    assert state.id == f"r-{table}1080289494"
