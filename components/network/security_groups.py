"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.ec2.get_prefix_list import get_prefix_list_output
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.vpc.security_group_egress_rule import SecurityGroupEgressRule
from pulumi_aws.vpc.security_group_ingress_rule import SecurityGroupIngressRule

from components.network.security_group_plan import (
    AccessPlan,
    Direction,
    GroupPeer,
    Peer,
    PrefixListPeer,
    RangePeer,
)
from components.scope import Scope


class NetworkAccess(pulumi.ComponentResource):
    """A security group for the load balancer and for each service, and every rule of the access plan. NET-4.

    `group_ids` maps group to id. Rules are resources of their own, so that removing one service removes
    only its own rules.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        plan: AccessPlan,
        *,
        vpc_id: pulumi.Input[str],
        vpc_cidr: pulumi.Input[str],
        existing: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`existing` are ids of groups by name that the rules mention and another layer has made."""
        super().__init__("myelin:network:Access", name, None, opts)
        self._scope = scope
        self._vpc_cidr = vpc_cidr
        own = pulumi.ResourceOptions(parent=self)
        self.group_ids: dict[str, pulumi.Input[str]] = dict(existing)
        for group in plan.groups:
            physical = scope.names.security_group(group.name)
            self.group_ids[group.name] = SecurityGroup(
                f"{name}-{group.name}",
                name=physical,
                description=group.purpose,
                vpc_id=vpc_id,
                tags=scope.tags(physical, service=group.service),
                opts=own,
            ).id
        for rule in plan.rules:
            make = (
                SecurityGroupIngressRule if rule.direction is Direction.INGRESS else SecurityGroupEgressRule
            )
            first, last = rule.ports
            make(
                f"{name}-{rule.name}",
                security_group_id=self.group_ids[rule.group],
                ip_protocol="tcp",
                from_port=first,
                to_port=last,
                description=rule.description,
                tags=scope.tags(scope.names.of(rule.name)),
                **self._peer(rule.peer),
                opts=own,
            )
        self.register_outputs({"group_ids": self.group_ids})

    def _peer(self, peer: Peer) -> dict[str, pulumi.Input[str]]:
        match peer:
            case GroupPeer(group):
                return {"referenced_security_group_id": self.group_ids[group]}
            case RangePeer(cidr):
                return {"cidr_ipv4": self._vpc_cidr if cidr is None else cidr}
            case PrefixListPeer(service):
                found = get_prefix_list_output(
                    name=f"com.amazonaws.{self._scope.account.region}.{service}",
                    opts=pulumi.InvokeOutputOptions(parent=self),
                )
                return {"prefix_list_id": found.id}
