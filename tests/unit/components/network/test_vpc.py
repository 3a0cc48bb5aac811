"""The VPC with its subnets and routes, made alone. NET-1, NET-2, NET-4."""

from __future__ import annotations

import pytest

from components.network.vpc import EVERYWHERE, Network
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SUBNET, ROUTE, TABLE = "aws:ec2/subnet:Subnet", "aws:ec2/route:Route", "aws:ec2/routeTable:RouteTable"


def made(nat_gateways: int = 1) -> RecordedComponent:
    return record_component(
        lambda: Network(
            "network", SCOPE, cidr="10.0.0.0/16", zones=["a", "b", "c"], nat_gateways=nat_gateways
        )
    )


def test_each_tier_has_a_subnet_in_each_zone() -> None:
    """Nine subnets without public addresses; the outputs name them by tier."""
    found = made()
    subnets = found.graph.of(SUBNET)
    assert sorted(one.inputs["tags"]["myelin:tier"] for one in subnets) == sorted(
        ["private", "isolated", "public"] * 3
    )
    assert {one.inputs["mapPublicIpOnLaunch"] for one in subnets} == {False}
    assert {one.inputs["availabilityZone"] for one in subnets} == {f"us-east-1{zone}" for zone in "abc"}
    assert set(found.outputs) == {
        "vpc_id",
        *(f"{tier}_subnet_ids" for tier in ("public", "private", "isolated")),
    }
    assert all(len(found.outputs[f"{tier}_subnet_ids"]) == 3 for tier in ("public", "private", "isolated"))


def test_isolated_subnets_have_no_route() -> None:
    """All three share one route table, to which no route leads out."""
    found = made()
    isolated = found.graph.one(TABLE, "network-isolated").name
    assert isolated not in {
        route.inputs["routeTableId"].removeprefix("routetable-") for route in found.graph.of(ROUTE)
    }
    associated = found.graph.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    tables = [one.inputs["routeTableId"] for one in associated if "isolated" in one.name]
    assert tables == [f"routetable-{isolated}"] * 3


@pytest.mark.parametrize(
    ("gateways", "used"), [(0, []), (1, ["a"] * 3), (2, ["a", "b", "a"]), (3, ["a", "b", "c"])]
)
def test_private_subnets_share_the_nat_gateways(gateways: int, used: list[str]) -> None:
    """Each zone has its own gateway if there are as many; without any there is no way out."""
    found = made(gateways)
    assert len(found.graph.of("aws:ec2/natGateway:NatGateway")) == gateways
    routes = [route.inputs for route in found.graph.of(ROUTE) if "natGatewayId" in route.inputs]
    assert [route["natGatewayId"][-1] for route in routes] == used
    assert {route["destinationCidrBlock"] for route in routes} <= {EVERYWHERE}


def test_a_nat_gateway_waits_for_the_way_out_of_its_subnet() -> None:
    """It could reach nothing before the public subnets have their route to the internet."""
    found = made()
    (gateway,) = found.graph.of("aws:ec2/natGateway:NatGateway")
    assert found.graph.one(ROUTE, "network-public-internet").urn in gateway.dependencies


def test_default_security_group_has_no_rules() -> None:
    """The VPC's own group is taken over, so that nothing can use it to get in or out."""
    group = made().only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert set(group.inputs) == {"vpcId", "tags"}


def test_what_aws_makes_by_itself_is_closed() -> None:
    """NET-3, NET-4: the default group and the default ACL are taken over, and have no rule."""
    found = made()
    group = found.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    acl = found.only("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    assert not (group.inputs.keys() | acl.inputs.keys()) & {"ingress", "egress"}
    # a subnet has it for the time until the platform gives it its own
    assert acl.ignore_changes == ("subnetIds",)
