"""The target group and listener rule by which the load balancer reaches one service."""

from __future__ import annotations

import pulumi
from pulumi_aws.lb.listener_rule import ListenerRule
from pulumi_aws.lb.target_group import TargetGroup

from components.declarations import Ingress, ServiceDeclaration
from components.scope import Scope

DEREGISTRATION_DELAY = 15
"""Seconds in which a task that stops may finish its open requests; shorter than its stop timeout."""


class IngressTarget(pulumi.ComponentResource):
    """A target group of task addresses, and the listener rule for the service's paths. MSH-2.

    The rule's priority is the service's port: it is unique and stays the same when services are added or
    removed.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        service: ServiceDeclaration,
        ingress: Ingress,
        *,
        vpc_id: pulumi.Input[str],
        listener_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:balancer:IngressTarget", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        physical_name = scope.names.family(service.name)
        # myelin: allow CKV_AWS_378 until 2027-06-30: TLS ends at the load balancer; from there it is one hop
        #   inside the VPC, open to the load balancer's group alone
        self.target_group = TargetGroup(
            name,
            name=physical_name,
            port=service.port,
            protocol="HTTP",
            vpc_id=vpc_id,
            target_type="ip",
            deregistration_delay=DEREGISTRATION_DELAY,
            health_check={
                "enabled": True,
                "path": service.front_health_path,
                "protocol": "HTTP",
                "interval": service.health.interval,
                "timeout": service.health.timeout,
                "healthy_threshold": 2,
                "unhealthy_threshold": service.health.retries,
                "matcher": "200",
            },
            tags=scope.tags(physical_name, service=service.name),
            opts=own,
        )
        self.rule = ListenerRule(
            name,
            listener_arn=listener_arn,
            priority=service.port,
            actions=[{"type": "forward", "target_group_arn": self.target_group.arn}],
            conditions=[{"path_pattern": {"values": list(ingress.paths)}}],
            tags=scope.tags(physical_name, service=service.name),
            opts=own,
        )
        self.target_group_arn: pulumi.Output[str] = self.target_group.arn
        self.register_outputs({"target_group_arn": self.target_group_arn})
