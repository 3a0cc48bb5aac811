"""The VPC endpoints."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.ec2.vpc_endpoint import VpcEndpoint

from components.declarations import Services
from components.identity.statement import document
from components.network.endpoint_plan import Endpoint, plan_endpoints
from components.network.security_group_plan import ENDPOINTS
from components.scope import Scope


class Endpoints(pulumi.ComponentResource):
    """VPC endpoints: gateways in route tables, interfaces in the isolated subnets. NET-2.

    Private DNS lets clients keep the usual host names. The security group of the interfaces has no rule
    yet; the access plan adds one for each service.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        services: Services,
        *,
        vpc_id: pulumi.Input[str],
        route_table_ids: Sequence[pulumi.Input[str]],
        subnet_ids: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:network:Endpoints", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        group_name = scope.names.security_group(ENDPOINTS)
        self.security_group = SecurityGroup(
            name,
            name=group_name,
            description="interface endpoints",
            vpc_id=vpc_id,
            tags=scope.tags(group_name),
            opts=own,
        )
        for endpoint in plan_endpoints(scope.place, services):
            VpcEndpoint(
                f"{name}-{endpoint.name}",
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{scope.account.region}.{endpoint.service}",
                policy=document(endpoint.statements),
                tags=scope.tags(scope.names.of(endpoint.name)),
                **self._attachment(endpoint, route_table_ids, subnet_ids),
                opts=own,
            )
        self.register_outputs({"security_group_id": self.security_group.id})

    def _attachment(
        self,
        endpoint: Endpoint,
        route_table_ids: Sequence[pulumi.Input[str]],
        subnet_ids: Sequence[pulumi.Input[str]],
    ) -> dict[str, object]:
        if endpoint.gateway:
            return {"vpc_endpoint_type": "Gateway", "route_table_ids": route_table_ids}
        return {
            "vpc_endpoint_type": "Interface",
            "subnet_ids": subnet_ids,
            "security_group_ids": [self.security_group.id],
            "private_dns_enabled": True,
        }
