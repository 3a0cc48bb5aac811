"""Route tables, their routes and their associations with subnets (EC2)."""

from __future__ import annotations

import zlib
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import ec2_tags

_ROUTE_TARGETS = (
    "gatewayId natGatewayId vpcEndpointId transitGatewayId vpcPeeringConnectionId networkInterfaceId "
    "egressOnlyGatewayId carrierGatewayId localGatewayId"
)
_ROUTE_DESTINATIONS = "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"
_ROUTE_NAMES = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}

ROUTE_TABLE = ResourceMapping(
    "aws:ec2/routeTable:RouteTable",
    service="ec2",
    create=ApiCall("create_route_table", ("vpcId",), result="RouteTable"),
    id="RouteTableId",
    outputs={"ownerId": "OwnerId", "arn": regional_arn("ec2", "route-table/{id}")},
    delete=ApiCall("delete_route_table", given={"RouteTableId": "{id}"}),
    read=ApiCall("describe_route_tables", given={"RouteTableIds": ["{id}"]}, result="RouteTables[0]"),
    not_found=name_set("InvalidRouteTableID.NotFound"),
    replace_on=name_set("vpcId"),
    tags=ec2_tags("route-table"),
)


def _route_destination(step: ResourceStep) -> dict[str, Any]:
    given = {name: step.get(name) for name in name_list(_ROUTE_DESTINATIONS) if step.get(name)}
    return step.arguments("delete_route", {"routeTableId": step.get("routeTableId"), **given}, {})


def _create_route(step: ResourceStep) -> Properties:
    """Create a route. CreateRoute gives no id; as in Terraform it is the table's with a checksum."""
    wanted = {
        name: step.get(name) for name in name_list(f"routeTableId {_ROUTE_DESTINATIONS} {_ROUTE_TARGETS}")
    }
    step.call("create_route", **step.arguments("create_route", wanted, _ROUTE_NAMES))
    destination = next((step.get(name) for name in name_list(_ROUTE_DESTINATIONS) if step.get(name)), "")
    return {"Id": f"r-{step.get('routeTableId')}{zlib.crc32(str(destination).encode())}"}


def _delete_route(step: ResourceStep) -> None:
    step.call("delete_route", **_route_destination(step))


def _read_route(step: ResourceStep) -> Properties | None:
    if not step.get("routeTableId"):
        return None
    tables = step.call("describe_route_tables", RouteTableIds=[step.get("routeTableId")])["RouteTables"]
    wanted = {name: value for name, value in _route_destination(step).items() if name != "RouteTableId"}
    for table in tables:
        for route in table["Routes"]:
            if wanted.items() <= route.items():
                return {**route, "Id": step.id}
    return None


ROUTE = ResourceMapping(
    "aws:ec2/route:Route",
    service="ec2",
    create=_create_route,
    id="Id",
    outputs={"origin": "Origin || 'CreateRoute'", "state": "State || 'active'"},
    settings=(
        Setting(
            of=name_set(_ROUTE_TARGETS),
            do=ApiCall(
                "replace_route",
                name_list(f"routeTableId {_ROUTE_DESTINATIONS} {_ROUTE_TARGETS}"),
                rename=_ROUTE_NAMES,
            ),
        ),
    ),
    delete=_delete_route,
    read=_read_route,
    not_found=name_set("InvalidRoute.NotFound InvalidRouteTableID.NotFound"),
    replace_on=name_set("routeTableId", _ROUTE_DESTINATIONS),
)


def _read_association(step: ResourceStep) -> Properties | None:
    of_association = {"Name": "association.route-table-association-id", "Values": [step.id]}
    for table in step.call("describe_route_tables", Filters=[of_association])["RouteTables"]:
        for association in table.get("Associations", []):
            if association["RouteTableAssociationId"] == step.id:
                return {**association, "AssociationId": step.id}
    return None


def _move_association(step: ResourceStep) -> None:
    """Associate the subnet with another table; ReplaceRouteTableAssociation gives a new id."""
    answer = step.call(
        "replace_route_table_association", AssociationId=step.id, RouteTableId=step.get("routeTableId")
    )
    step.id = answer["NewAssociationId"]


ROUTE_TABLE_ASSOCIATION = ResourceMapping(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    create=ApiCall("associate_route_table", name_list("routeTableId subnetId gatewayId")),
    id="AssociationId",
    settings=(Setting(of=name_set("routeTableId"), do=_move_association),),
    delete=ApiCall("disassociate_route_table", given={"AssociationId": "{id}"}),
    read=_read_association,
    not_found=name_set("InvalidAssociationID.NotFound InvalidRouteTableID.NotFound"),
    replace_on=name_set("subnetId gatewayId"),
)

MAPPINGS = (ROUTE_TABLE, ROUTE, ROUTE_TABLE_ASSOCIATION)
