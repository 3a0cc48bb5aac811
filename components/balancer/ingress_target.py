"""The target groups and listener rules by which the load balancer reaches one service."""

from __future__ import annotations

import pulumi
from pulumi_aws.lb.listener_rule import ListenerRule
from pulumi_aws.lb.target_group import TargetGroup

from components.declarations import Ingress, ServiceDeclaration
from components.scope import Scope

DEREGISTRATION_DELAY = 15
"""Seconds in which a task that stops may finish its open requests; shorter than its stop timeout."""
ALL, NONE = 100, 0
"""Weights as ECS writes them, which adds them up to 100."""


class IngressTarget(pulumi.ComponentResource):
    """Two target groups of task addresses, and the rules that lead there. MSH-2.

    One rule is for the service's paths, the other, on the test listener, for those that the smoke test asks
    for. A strategy that shifts traffic fills the group that is idle and moves the weights of both rules; from
    then on they are ECS's. A rule's priority is the service's port: it is unique and stays the same when
    services are added or removed.
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
        test_listener_arn: pulumi.Input[str],
        weights_are_ecs: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`weights_are_ecs`: ECS shifts the traffic, so an update leaves the rules' weights as they are."""
        super().__init__("myelin:balancer:IngressTarget", name, None, opts)
        self._scope, self._service = scope, service
        self.target_group = self._make_group(name, scope.names.family(service.name), vpc_id)
        self.alternate_target_group = self._make_group(
            f"{name}-alternate", scope.names.alternate_target_group(service.name), vpc_id
        )
        self.rule = self._make_rule(name, listener_arn, ingress.paths, weights_are_ecs=weights_are_ecs)
        self.test_rule = self._make_rule(
            f"{name}-test", test_listener_arn, service.smoke_paths, weights_are_ecs=weights_are_ecs
        )
        self.target_group_arn: pulumi.Output[str] = self.target_group.arn
        self.alternate_target_group_arn: pulumi.Output[str] = self.alternate_target_group.arn
        self.register_outputs(
            {
                "target_group_arn": self.target_group_arn,
                "alternate_target_group_arn": self.alternate_target_group_arn,
                "rule_arn": self.rule.arn,
                "test_rule_arn": self.test_rule.arn,
            }
        )

    def _make_group(self, name: str, physical_name: str, vpc_id: pulumi.Input[str]) -> TargetGroup:
        service = self._service
        # myelin: allow CKV_AWS_378 until 2027-06-30: TLS ends at the load balancer; from there it is one hop
        #   inside the VPC, open to the load balancer's group alone
        return TargetGroup(
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
            tags=self._scope.tags(physical_name, service=service.name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_rule(
        self, name: str, listener_arn: pulumi.Input[str], paths: tuple[str, ...], *, weights_are_ecs: bool
    ) -> ListenerRule:
        """Both groups are named from the start: ECS takes a group only when a listener's rule leads to it."""
        return ListenerRule(
            name,
            listener_arn=listener_arn,
            priority=self._service.port,
            actions=[
                {
                    "type": "forward",
                    "forward": {
                        "target_groups": [
                            {"arn": self.target_group.arn, "weight": ALL},
                            {"arn": self.alternate_target_group.arn, "weight": NONE},
                        ]
                    },
                }
            ],
            conditions=[{"path_pattern": {"values": list(paths)}}],
            tags=self._scope.tags(self._scope.names.of(name), service=self._service.name),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["actions"] if weights_are_ecs else None),
        )
