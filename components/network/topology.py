"""The network as it is planned, for questions of who reaches whom. NET-5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.declarations import Services
from components.naming import ROLLOUT
from components.network.acl_plan import TASK_EPHEMERAL, plan_acls
from components.network.reachability import INTERNET, LOCAL, End, GroupRule, Route, SubnetView, Topology
from components.network.security_group_plan import (
    ENDPOINTS,
    LOAD_BALANCER,
    SERVICES,
    GroupPeer,
    RangePeer,
    SecurityGroupRulePlan,
    plan_access,
)
from components.network.subnet_plan import Subnet, SubnetTier, plan_nat, plan_subnets

EVERYWHERE = "0.0.0.0/0"


def planned_topology(
    services: Services,
    *,
    vpc_cidr: str,
    zones: Sequence[str],
    nat_gateways: int,
    listener_ports: Sequence[int],
    client_ranges: Sequence[str] = (),
    test_port: int | None = None,
) -> Topology:
    """What the stacks make of the declarations. Rules about gateway endpoints (S3, DynamoDB) are left out."""
    acls = plan_acls(
        services,
        vpc_cidr=vpc_cidr,
        listener_ports=listener_ports,
        client_ranges=client_ranges,
        nat=nat_gateways > 0,
        test_port=test_port,
    )
    subnets = plan_subnets(vpc_cidr, zones)
    nat_of = plan_nat(zones, nat_gateways)
    views = {
        subnet.name: SubnetView(
            name=subnet.name,
            cidr=subnet.cidr,
            acl=subnet.tier.value,
            routes=_routes(subnet, vpc_cidr, nat_of),
            ingress=acls[subnet.tier].ingress,
            egress=acls[subnet.tier].egress,
        )
        for subnet in subnets
    }
    of_tier = {tier: tuple(one.name for one in subnets if one.tier is tier) for tier in SubnetTier}
    access = plan_access(
        services, listener_ports=listener_ports, client_ranges=client_ranges, test_port=test_port
    )
    groups: dict[str, list[GroupRule]] = {}
    for rule in access.rules:
        groups.setdefault(rule.group, []).extend(_group_rule(rule, vpc_cidr))
    ends = [
        *(
            End(
                name=service.name,
                groups=(service.name, SERVICES),
                subnets=of_tier[SubnetTier(service.tier)],
                answers=TASK_EPHEMERAL,
            )
            for service in services.services
        ),
        End(name=LOAD_BALANCER, groups=(LOAD_BALANCER,), subnets=of_tier[SubnetTier.PRIVATE]),
        End(name=ROLLOUT, groups=(ROLLOUT,), subnets=of_tier[SubnetTier.PRIVATE]),
        End(name=ENDPOINTS, groups=(ENDPOINTS,), subnets=of_tier[SubnetTier.ISOLATED]),
        End(name=INTERNET, cidr=EVERYWHERE),
    ]
    return Topology(
        subnets=views,
        groups={name: tuple(rules) for name, rules in groups.items()},
        ends={end.name: end for end in ends},
    )


def _routes(subnet: Subnet, vpc_cidr: str, nat_of: Mapping[str, str | None]) -> tuple[Route, ...]:
    routes = [Route(cidr=vpc_cidr, target=LOCAL)]
    nat = nat_of[subnet.zone]
    if subnet.tier is SubnetTier.PUBLIC:
        routes.append(Route(cidr=EVERYWHERE, target="the internet gateway"))
    elif subnet.tier is SubnetTier.PRIVATE and nat is not None:
        name = f"{SubnetTier.PUBLIC}-{nat}"
        routes.append(Route(cidr=EVERYWHERE, target=f"the NAT gateway in {name}", subnet=name))
    return tuple(routes)


def _group_rule(rule: SecurityGroupRulePlan, vpc_cidr: str) -> Sequence[GroupRule]:
    match rule.peer:
        case GroupPeer(group):
            peer = {"group": group}
        case RangePeer(cidr):
            peer = {"cidr": cidr or vpc_cidr}
        case _:
            return ()
    made = GroupRule(name=rule.name, direction=rule.direction, ports=rule.ports, **peer)
    return (made,)
