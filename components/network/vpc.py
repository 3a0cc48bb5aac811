"""The VPC with its subnets and routes."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.ec2.default_network_acl import DefaultNetworkAcl
from pulumi_aws.ec2.default_security_group import DefaultSecurityGroup
from pulumi_aws.ec2.eip import Eip
from pulumi_aws.ec2.internet_gateway import InternetGateway
from pulumi_aws.ec2.nat_gateway import NatGateway
from pulumi_aws.ec2.route import Route
from pulumi_aws.ec2.route_table import RouteTable
from pulumi_aws.ec2.route_table_association import RouteTableAssociation
from pulumi_aws.ec2.subnet import Subnet
from pulumi_aws.ec2.vpc import Vpc

from components.network.subnet_plan import SubnetTier, plan_nat, plan_subnets
from components.scope import Scope

EVERYWHERE = "0.0.0.0/0"


class Network(pulumi.ComponentResource):
    """A VPC with public, private and isolated subnets, one of each in every zone. NET-1, NET-2.

    Public subnets route to the internet gateway, private ones to a NAT gateway where there is one, isolated
    ones nowhere. The VPC's default security group and its default network ACL have no rules.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        cidr: str,
        zones: Sequence[str],
        nat_gateways: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Lay out `cidr` over the availability zones with these letters."""
        super().__init__("myelin:network:Network", name, None, opts)
        self._name = name
        self._scope = scope
        self._own = pulumi.ResourceOptions(parent=self)
        plan = plan_subnets(cidr, zones)
        self.vpc = Vpc(
            name,
            cidr_block=cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags("vpc"),
            opts=self._own,
        )
        DefaultSecurityGroup(name, vpc_id=self.vpc.id, tags=self._tags("default-closed"), opts=self._own)
        DefaultNetworkAcl(
            name,
            default_network_acl_id=self.vpc.default_network_acl_id,
            tags=self._tags("default-closed"),
            # subnets have it until they are given the ACL of their tier
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )
        self._subnets = {
            subnet.name: Subnet(
                f"{name}-{subnet.name}",
                vpc_id=self.vpc.id,
                cidr_block=subnet.cidr,
                availability_zone=f"{scope.account.region}{subnet.zone}",
                map_public_ip_on_launch=False,
                tags={**self._tags(subnet.name), "myelin:tier": subnet.tier.value},
                opts=self._own,
            )
            for subnet in plan
        }
        public = self._make_public_route(zones)
        self.private_route_tables = self._make_private_route_tables(zones, nat_gateways, public)
        self.isolated_route_table = self._make_route_table("isolated")
        for zone in zones:
            self._associate(f"isolated-{zone}", self.isolated_route_table)
        self.public_subnet_ids = self._subnet_ids(SubnetTier.PUBLIC, zones)
        self.private_subnet_ids = self._subnet_ids(SubnetTier.PRIVATE, zones)
        self.isolated_subnet_ids = self._subnet_ids(SubnetTier.ISOLATED, zones)
        self.register_outputs(
            {
                "vpc_id": self.vpc.id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "isolated_subnet_ids": self.isolated_subnet_ids,
            }
        )

    def _tags(self, thing: str) -> dict[str, str]:
        return self._scope.tags(self._scope.names.of(thing))

    def _subnet_ids(self, tier: SubnetTier, zones: Sequence[str]) -> list[pulumi.Output[str]]:
        return [self._subnets[f"{tier}-{zone}"].id for zone in zones]

    def _make_route_table(self, thing: str) -> RouteTable:
        return RouteTable(f"{self._name}-{thing}", vpc_id=self.vpc.id, tags=self._tags(thing), opts=self._own)

    def _associate(self, subnet: str, table: RouteTable) -> None:
        RouteTableAssociation(
            f"{self._name}-{subnet}",
            subnet_id=self._subnets[subnet].id,
            route_table_id=table.id,
            opts=self._own,
        )

    def _make_public_route(self, zones: Sequence[str]) -> Route:
        gateway = InternetGateway(
            f"{self._name}-internet", vpc_id=self.vpc.id, tags=self._tags("internet"), opts=self._own
        )
        table = self._make_route_table("public")
        for zone in zones:
            self._associate(f"public-{zone}", table)
        return Route(
            f"{self._name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=EVERYWHERE,
            gateway_id=gateway.id,
            opts=self._own,
        )

    def _make_private_route_tables(
        self, zones: Sequence[str], nat_gateways: int, public: Route
    ) -> list[RouteTable]:
        """One route table for each zone, so that each can use the NAT gateway of its own zone."""
        nat_of = plan_nat(zones, nat_gateways)
        used = {nat_zone for nat_zone in nat_of.values() if nat_zone is not None}
        gateways = {zone: self._make_nat_gateway(zone, public) for zone in zones if zone in used}
        tables = []
        for zone in zones:
            table = self._make_route_table(f"private-{zone}")
            self._associate(f"private-{zone}", table)
            nat_zone = nat_of[zone]
            if nat_zone is not None:
                Route(
                    f"{self._name}-private-{zone}-nat",
                    route_table_id=table.id,
                    destination_cidr_block=EVERYWHERE,
                    nat_gateway_id=gateways[nat_zone].id,
                    opts=self._own,
                )
            tables.append(table)
        return tables

    def _make_nat_gateway(self, zone: str, public: Route) -> NatGateway:
        address = Eip(
            f"{self._name}-nat-{zone}", domain="vpc", tags=self._tags(f"nat-{zone}"), opts=self._own
        )
        return NatGateway(
            f"{self._name}-nat-{zone}",
            allocation_id=address.id,
            subnet_id=self._subnets[f"public-{zone}"].id,
            connectivity_type="public",
            tags=self._tags(f"nat-{zone}"),
            # it reaches nothing until its subnet has a route to the internet
            opts=pulumi.ResourceOptions(parent=self, depends_on=[public]),
        )
