"""Reads the routing table from the emulated ELBv2, ECS and EC2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cloud.ecs.reader import EcsReader
from sandbox.cloud.ecs.service import DesiredService
from sandbox.cloud.router.security import ConnectionPeer, SecurityGroups, parse_security_group
from sandbox.cloud.router.table import (
    ApplicationLoadBalancer,
    Listener,
    MeshService,
    RoutingTable,
    TargetService,
    parse_rule,
)


class RoutingTableReader:
    """Builds the routing table; every method blocks. EC2 is asked only if there is something to protect."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        """`aws` gives a boto3 client by service name."""
        self._aws = aws
        self._ecs = EcsReader(aws)

    def table(self) -> RoutingTable:
        """Read everything; raises what boto3 raises when something was deleted between two calls."""
        services = self._ecs.services()
        described = [
            balancer
            for page in self._aws("elbv2").get_paginator("describe_load_balancers").paginate()
            for balancer in page["LoadBalancers"]
            if balancer.get("Type", "application") == "application"
        ]
        if not services and not described:
            return RoutingTable()
        networks = self._networks()
        return RoutingTable(
            load_balancers={
                balancer["LoadBalancerArn"]: self._load_balancer(balancer, networks) for balancer in described
            },
            targets={
                group: TargetService(
                    service_key=service.key,
                    container_port=link.container_port,
                    revision_group=group if link.alternate_arn else "",
                )
                for service in services.values()
                for link in service.target_groups
                for group in link.groups
            },
            services={key: _mesh_service(service, networks) for key, service in services.items()},
            security=self._security_groups(),
        )

    def _networks(self) -> Mapping[str, str]:
        pages = self._aws("ec2").get_paginator("describe_subnets").paginate()
        return {
            subnet["SubnetId"]: subnet["CidrBlock"]
            for page in pages
            for subnet in page["Subnets"]
            if "CidrBlock" in subnet
        }

    def _security_groups(self) -> SecurityGroups:
        pages = self._aws("ec2").get_paginator("describe_security_groups").paginate()
        return SecurityGroups(
            groups={
                group["GroupId"]: parse_security_group(group)
                for page in pages
                for group in page["SecurityGroups"]
            }
        )

    def _load_balancer(
        self, described: Mapping[str, Any], networks: Mapping[str, str]
    ) -> ApplicationLoadBalancer:
        elbv2, arn = self._aws("elbv2"), described["LoadBalancerArn"]
        attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        idle = next(
            (entry["Value"] for entry in attributes if entry["Key"] == "idle_timeout.timeout_seconds"), "60"
        )
        pages = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
        subnets = [
            zone["SubnetId"] for zone in described.get("AvailabilityZones", ()) if zone.get("SubnetId")
        ]
        return ApplicationLoadBalancer(
            arn=arn,
            name=described["LoadBalancerName"],
            dns_name=described["DNSName"],
            peer=_peer(frozenset(described.get("SecurityGroups") or ()), subnets, networks),
            idle_timeout=float(idle),
            listeners=tuple(self._listener(entry) for page in pages for entry in page["Listeners"]),
        )

    def _listener(self, described: Mapping[str, Any]) -> Listener:
        pages = (
            self._aws("elbv2").get_paginator("describe_rules").paginate(ListenerArn=described["ListenerArn"])
        )
        rules = [parse_rule(rule) for page in pages for rule in page["Rules"]]
        return Listener(
            arn=described["ListenerArn"],
            port=int(described["Port"]),
            protocol=described.get("Protocol") or "HTTP",
            rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        )


def _peer(groups: frozenset[str], subnets: Any, networks: Mapping[str, str]) -> ConnectionPeer:
    return ConnectionPeer(
        groups=groups, networks=tuple(sorted(networks[name] for name in subnets if name in networks))
    )


def _mesh_service(service: DesiredService, networks: Mapping[str, str]) -> MeshService:
    connect = service.connect
    return MeshService(
        key=service.key,
        peer=_peer(service.security_groups, service.subnets, networks),
        namespace=connect.namespace if connect else None,
        aliases=connect.aliases if connect else (),
    )
