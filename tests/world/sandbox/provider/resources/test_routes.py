"""Route tables, routes and associations."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.resources import routes
from tests.support.provider.world import Walk, World, tags_of

TAGS = {"Name": "a", "myelin:layer": "foundation"}


def _table(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_route_tables(RouteTableIds=[state.id])["RouteTables"][0]
    return found["VpcId"] == state.outputs["vpcId"], tags_of(found.get("Tags", []))


def _route(world: World, state: Any) -> Any:
    table = state.outputs["routeTableId"]
    routes = world.aws("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    found = next(route for route in routes if route.get("DestinationCidrBlock") == "0.0.0.0/0")
    return found.get("GatewayId", "").partition("-")[0], found.get("NatGatewayId", "").partition("-")[0]


def _association(world: World, state: Any) -> Any:
    table = state.outputs["routeTableId"]
    found = world.aws("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"]
    return [
        each["SubnetId"] == state.outputs["subnetId"]
        for each in found
        if each["RouteTableAssociationId"] == state.id
    ]


def _new_table(world: World) -> str:
    return str(world.make(routes.ROUTE_TABLE.token, vpcId=world.vpc()).id)


def _new_nat(world: World) -> str:
    address = world.make("aws:ec2/eip:Eip", domain="vpc")
    return str(
        world.make("aws:ec2/natGateway:NatGateway", allocationId=address.id, subnetId=world.subnet(1)).id
    )


def _attached_gateway(world: World) -> str:
    vpc = world.make("aws:ec2/vpc:Vpc", cidrBlock="10.7.0.0/16").id
    return str(world.make("aws:ec2/internetGateway:InternetGateway", vpcId=vpc).id)


CASES: dict[str, dict[str, Any]] = {
    "route table": {
        "token": routes.ROUTE_TABLE.token,
        "inputs": lambda w: {"vpcId": w.vpc(), "tags": TAGS},
        "look": _table,
        "created": (True, TAGS),
        "outputs": "arn",
        "change": {"tags": {"Name": "b"}},
        "updated": (True, {"Name": "b"}),
    },
    "route": {
        "token": routes.ROUTE.token,
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
        "token": routes.ROUTE_TABLE_ASSOCIATION.token,
        "inputs": lambda w: {"routeTableId": _new_table(w), "subnetId": w.subnet(3)},
        "look": _association,
        "created": [True],
        "change": lambda w: {"routeTableId": _new_table(w)},
        "updated": [True],
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (NET-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in routes.MAPPINGS} - walked == set()


def test_route_id_is_terraforms(world: World) -> None:
    """A route's id is the table and a checksum of the destination, as Terraform has it."""
    table = _new_table(world)
    state = world.make(
        routes.ROUTE.token,
        routeTableId=table,
        destinationCidrBlock="0.0.0.0/0",
        gatewayId=_attached_gateway(world),
    )
    assert state.id == f"r-{table}1080289494"
