"""Network ACLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
from pulumi_aws.ec2.network_acl import NetworkAcl

from components.declarations import Services
from components.network.acl_plan import AclPlan, AclRule, plan_acls
from components.network.security_group_plan import Direction
from components.network.subnet_plan import SubnetTier
from components.scope import Scope


class NetworkAcls(pulumi.ComponentResource):
    """The network ACL of each tier. NET-3."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        services: Services,
        *,
        listener_ports: Sequence[int],
        client_ranges: Sequence[str],
        test_port: int | None = None,
        vpc_id: pulumi.Input[str],
        vpc_cidr: pulumi.Input[str],
        nat_gateways: pulumi.Input[str],
        subnet_ids: Mapping[SubnetTier, pulumi.Input[Sequence[str]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`nat_gateways` is their number, as a text."""
        super().__init__("myelin:network:Acls", name, None, opts)
        plans = pulumi.Output.all(vpc_cidr=vpc_cidr, nat=nat_gateways).apply(
            lambda given: plan_acls(
                services,
                vpc_cidr=given["vpc_cidr"],
                listener_ports=listener_ports,
                client_ranges=client_ranges,
                nat=given["nat"] != "0",
                test_port=test_port,
            )
        )
        ids = {}
        for tier in SubnetTier:
            physical = scope.names.of(tier.value)
            # myelin: allow CKV_AWS_231 until 2027-11-30: answers to NAT gateways come on any high port
            ids[tier.value] = NetworkAcl(
                f"{name}-{tier}",
                vpc_id=vpc_id,
                subnet_ids=subnet_ids[tier],
                ingress=plans.apply(partial(_rules, tier, Direction.INGRESS)),
                egress=plans.apply(partial(_rules, tier, Direction.EGRESS)),
                tags=scope.tags(physical),
                opts=pulumi.ResourceOptions(parent=self),
            ).id
        self.register_outputs({"network_acl_ids": ids})


def _rules(
    tier: SubnetTier, direction: Direction, plans: Mapping[SubnetTier, AclPlan]
) -> list[dict[str, Any]]:
    plan = plans[tier]
    return list(map(_argument, plan.ingress if direction is Direction.INGRESS else plan.egress))


def _argument(rule: AclRule) -> dict[str, Any]:
    return {
        "action": "allow" if rule.allow else "deny",
        "protocol": "tcp",
        "rule_no": rule.number,
        "cidr_block": rule.cidr,
        "from_port": rule.from_port,
        "to_port": rule.to_port,
    }
