"""The network of an environment as AWS describes it, for the same questions that are asked of the plan.

Rules of other protocols than TCP, of IPv6 and of prefix lists are left out, as they are in the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cli.worlds.world import World, deployed_platform
from components.naming import ROLLOUT, PhysicalNames
from components.network.acl_plan import TASK_EPHEMERAL, AclRule, Ports
from components.network.reachability import (
    ALL_PORTS,
    INTERNET,
    LOCAL,
    End,
    GroupRule,
    Route,
    SubnetView,
    Topology,
)
from components.network.security_group_plan import ENDPOINTS, LOAD_BALANCER, Direction
from components.network.topology import EVERYWHERE

_TCP = ("6", "tcp", "-1")
Described = Mapping[str, Any]


def read_network(world: World) -> Topology:
    """What is there now; raises NotRunningError or NotDeployedError."""
    platform = deployed_platform(world)
    ec2 = world.client("ec2")
    [balancer] = world.client("elbv2").describe_load_balancers(LoadBalancerArns=[platform.load_balancer_arn])[
        "LoadBalancers"
    ]
    of_vpc = [{"Name": "vpc-id", "Values": [balancer["VpcId"]]}]

    def described(operation: str, key: str) -> list[Described]:
        pages = ec2.get_paginator(operation).paginate(Filters=of_vpc)
        return [one for page in pages for one in page[key]]

    views = {found["SubnetId"]: found for found in described("describe_subnets", "Subnets")}
    names = {id_: _name(found, world.environment.name) for id_, found in views.items()}
    nat = {
        one["NatGatewayId"]: names[one["SubnetId"]]
        for one in described("describe_nat_gateways", "NatGateways")
        if one["State"] != "deleted"
    }
    tables = described("describe_route_tables", "RouteTables")
    acls = described("describe_network_acls", "NetworkAcls")
    subnets = {
        names[id_]: _subnet(names[id_], found, _of_subnet(acls, id_), _table_of(tables, id_), nat)
        for id_, found in views.items()
    }
    groups = {
        one["GroupId"]: tuple(_group_rules(one))
        for one in described("describe_security_groups", "SecurityGroups")
    }
    interfaces = [
        one
        for one in described("describe_vpc_endpoints", "VpcEndpoints")
        if one["VpcEndpointType"] == "Interface"
    ]
    ends = [
        *_services(world, platform.cluster_name, names),
        End(
            name=LOAD_BALANCER,
            groups=tuple(balancer["SecurityGroups"]),
            subnets=tuple(names[zone["SubnetId"]] for zone in balancer["AvailabilityZones"]),
        ),
        *_rollout(world, names),
        End(
            name=ENDPOINTS,
            groups=tuple(sorted({group["GroupId"] for one in interfaces for group in one["Groups"]})),
            subnets=tuple(sorted({names[id_] for one in interfaces for id_ in one["SubnetIds"]})),
        ),
        End(name=INTERNET, cidr=EVERYWHERE),
    ]
    return Topology(subnets=subnets, groups=groups, ends={end.name: end for end in ends})


def _services(world: World, cluster: str, names: Mapping[str, str]) -> Iterator[End]:
    ecs = world.client("ecs")
    arns = [
        arn
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster)
        for arn in page["serviceArns"]
    ]
    for start in range(0, len(arns), 10):  # DescribeServices takes ten
        for service in ecs.describe_services(cluster=cluster, services=arns[start : start + 10])["services"]:
            network = service["networkConfiguration"]["awsvpcConfiguration"]
            yield End(
                name=service["serviceName"],
                groups=tuple(network["securityGroups"]),
                subnets=tuple(names[id_] for id_ in network["subnets"]),
                answers=TASK_EPHEMERAL,
            )


def _rollout(world: World, names: Mapping[str, str]) -> Iterator[End]:
    """The function that tests new releases, unless an earlier version deployed what is there."""
    function, client = PhysicalNames(world.environment.name).function(ROLLOUT), world.client("lambda")
    try:
        network = client.get_function_configuration(FunctionName=function)["VpcConfig"]
    except client.exceptions.ResourceNotFoundException:
        return
    yield End(
        name=ROLLOUT,
        groups=tuple(network["SecurityGroupIds"]),
        subnets=tuple(names[id_] for id_ in network["SubnetIds"]),
    )


def _name(found: Described, environment: str) -> str:
    """What we call a subnet, by its tag; the id of one that is not ours."""
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    return str(tags.get("Name", found["SubnetId"])).removeprefix(f"{environment}-")


def _of_subnet(found: Iterable[Described], subnet: str) -> Described:
    return next(one for one in found if any(each.get("SubnetId") == subnet for each in one["Associations"]))


def _table_of(tables: Iterable[Described], subnet: str) -> Described:
    """Its own route table, else the VPC's main one."""
    tables = list(tables)
    for table in tables:
        if any(each.get("SubnetId") == subnet for each in table["Associations"]):
            return table
    return next(table for table in tables if any(each.get("Main") for each in table["Associations"]))


def _subnet(
    name: str, found: Described, acl: Described, table: Described, nat: Mapping[str, str]
) -> SubnetView:
    entries = [entry for entry in acl["Entries"] if entry["Protocol"] in _TCP and "CidrBlock" in entry]
    return SubnetView(
        name=name,
        cidr=found["CidrBlock"],
        acl=acl["NetworkAclId"],
        routes=tuple(_routes(table, nat)),
        ingress=tuple(_rule(entry) for entry in entries if not entry["Egress"]),
        egress=tuple(_rule(entry) for entry in entries if entry["Egress"]),
    )


def _rule(entry: Described) -> AclRule:
    ports = entry.get("PortRange") or {"From": ALL_PORTS[0], "To": ALL_PORTS[1]}
    return AclRule(
        number=entry["RuleNumber"],
        cidr=entry["CidrBlock"],
        from_port=ports["From"],
        to_port=ports["To"],
        allow=entry["RuleAction"] == "allow",
    )


def _routes(table: Described, nat: Mapping[str, str]) -> Iterator[Route]:
    for route in table["Routes"]:
        cidr = route.get("DestinationCidrBlock")
        if cidr is None:
            continue
        gateway = route.get("NatGatewayId")
        if gateway is not None:
            yield Route(cidr=cidr, target=f"the NAT gateway {gateway}", subnet=nat.get(gateway))
        elif route.get("GatewayId") == LOCAL:
            yield Route(cidr=cidr, target=LOCAL)
        else:
            yield Route(cidr=cidr, target=str(route.get("GatewayId", "another gateway")))


def _group_rules(group: Described) -> Iterator[GroupRule]:
    for direction, key in ((Direction.INGRESS, "IpPermissions"), (Direction.EGRESS, "IpPermissionsEgress")):
        for permission in group[key]:
            if permission["IpProtocol"] not in _TCP:
                continue
            ports: Ports = ALL_PORTS
            if permission["IpProtocol"] != "-1":
                ports = (permission["FromPort"], permission["ToPort"])
            for pair in permission.get("UserIdGroupPairs", ()):
                yield GroupRule(
                    name=_told(pair, group, direction),
                    direction=direction,
                    ports=ports,
                    group=pair["GroupId"],
                )
            for found in permission.get("IpRanges", ()):
                yield GroupRule(
                    name=_told(found, group, direction),
                    direction=direction,
                    ports=ports,
                    cidr=found["CidrIp"],
                )


def _told(found: Described, group: Described, direction: Direction) -> str:
    return f"{found.get('Description') or 'a rule'} ({direction} of {group['GroupId']})"
