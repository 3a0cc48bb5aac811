"""An ECS service: keeps tasks running, gives them a name in the mesh, scales them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.appautoscaling.policy import Policy
from pulumi_aws.appautoscaling.target import Target
from pulumi_aws.ecs.service import Service as EcsService

from components.containers.deployment_plan import SMOKE_STAGE, DeploymentPlan
from components.declarations import ServiceDeclaration
from components.mesh.membership import Membership
from components.scope import Scope

SCALE_OUT_COOLDOWN, SCALE_IN_COOLDOWN = 30, 120
"""Seconds: quick to add a task, slow to take one away."""


TEST_HEADER = "x-amzn-ecs-blue-green-test"
"""A call through the mesh that carries it, with the value `true`, goes to the new tasks before others do.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-blue-green.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficInputs:
    """Where the load balancer's traffic comes from, and what ECS shifts it with."""

    target_group_arn: pulumi.Input[str]
    alternate_target_group_arn: pulumi.Input[str]
    rule_arn: pulumi.Input[str]
    test_rule_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeInputs:
    """The function that tests a new release, what ECS calls it as, and where the test listener is."""

    function_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    test_url: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInputs:
    """Where a service runs and what it is attached to; `traffic` is None without ingress.

    A deployment is rolled back while one of `rollback_alarms` (names of alarms) is red.
    """

    cluster_arn: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    namespace_arn: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    task_definition_arn: pulumi.Input[str]
    smoke: SmokeInputs
    traffic: TrafficInputs | None
    rollback_alarms: Sequence[pulumi.Input[str]] = ()


class FargateService(pulumi.ComponentResource):
    """An ECS service with scaling, in subnets without public addresses. ECS-4, MSH-1.

    The deploy waits until the new revision serves, or ECS has rolled back, as long as the plan says it may
    take.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        declaration: ServiceDeclaration,
        membership: Membership | None,
        deployment: DeploymentPlan,
        inputs: ServiceInputs,
        *,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """The service is made after all resources in `after`."""
        super().__init__("myelin:containers:Service", name, None, opts)
        self._name = name
        self._scope = scope
        self._declaration = declaration
        self._deployment = deployment
        traffic = inputs.traffic
        self.service = EcsService(
            name,
            name=declaration.name,
            cluster=inputs.cluster_arn,
            task_definition=inputs.task_definition_arn,
            desired_count=declaration.scaling.min,
            launch_type="FARGATE",
            platform_version="LATEST",
            network_configuration={
                "subnets": inputs.subnet_ids,
                "security_groups": inputs.security_group_ids,
                "assign_public_ip": False,
            },
            load_balancers=[self._load_balancer(traffic)] if traffic else None,
            health_check_grace_period_seconds=self._grace_period() if traffic else None,
            service_connect_configuration=(
                self._service_connect(membership, inputs.namespace_arn) if membership else None
            ),
            deployment_configuration=deployment.configuration([self._smoke_hook(inputs.smoke)]),
            deployment_circuit_breaker=deployment.circuit_breaker(),
            deployment_minimum_healthy_percent=deployment.minimum_healthy_percent,
            deployment_maximum_percent=deployment.maximum_percent,
            alarms=_rollback_alarms(inputs.rollback_alarms),
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            enable_execute_command=False,
            wait_for_steady_state=True,
            tags=scope.tags(declaration.name, service=declaration.name),
            # after the first deployment, scaling decides the number of tasks
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                ignore_changes=["desiredCount"],
                custom_timeouts=_timeouts(deployment),
            ),
        )
        self._make_scaling(inputs.cluster_name)
        self.service_name: pulumi.Output[str] = self.service.name
        self.register_outputs({"service_name": self.service_name})

    def _load_balancer(self, traffic: TrafficInputs) -> dict[str, object]:
        found: dict[str, object] = {
            "target_group_arn": traffic.target_group_arn,
            "container_name": self._declaration.front_container,
            "container_port": self._declaration.port,
        }
        if self._deployment.strategy.shifts:
            found["advanced_configuration"] = {
                "alternate_target_group_arn": traffic.alternate_target_group_arn,
                "production_listener_rule": traffic.rule_arn,
                "test_listener_rule": traffic.test_rule_arn,
                "role_arn": traffic.role_arn,
            }
        return found

    def _smoke_hook(self, smoke: SmokeInputs) -> dict[str, object]:
        """Asks the new tasks before they get traffic; lambdas/rollout/hook_event.py reads the details."""
        declaration = self._declaration
        details = {"service": declaration.name, "paths": list(declaration.smoke_paths)}
        text = (
            pulumi.Output.json_dumps({**details, "url": smoke.test_url})
            if declaration.ingress
            else json.dumps({**details, "port": declaration.port})
        )
        return {
            "target_type": "AWS_LAMBDA",
            "hook_target_arn": smoke.function_arn,
            "role_arn": smoke.role_arn,
            "lifecycle_stages": [SMOKE_STAGE],
            "hook_details": text,
        }

    def _grace_period(self) -> int:
        """Seconds in which ECS ignores the load balancer's verdict: until a task can pass two checks."""
        health = self._declaration.health
        return health.start_period + 2 * health.interval

    def _service_connect(self, membership: Membership, namespace_arn: pulumi.Input[str]) -> dict[str, object]:
        configuration: dict[str, object] = {"enabled": True, "namespace": namespace_arn}
        alias = membership.exposes
        if alias is not None:
            client: dict[str, object] = {"dns_name": alias.name, "port": alias.port}
            if self._deployment.strategy.shifts:
                client["test_traffic_rules"] = [{"header": {"name": TEST_HEADER, "value": {"exact": "true"}}}]
            configuration["services"] = [
                {
                    "port_name": self._declaration.name,
                    "discovery_name": alias.name,
                    "client_alias": [client],
                }
            ]
        return configuration

    def _make_scaling(self, cluster_name: pulumi.Input[str]) -> None:
        declaration = self._declaration
        target = Target(
            self._name,
            min_capacity=declaration.scaling.min,
            max_capacity=declaration.scaling.max,
            resource_id=pulumi.Output.concat("service/", cluster_name, "/", self.service.name),
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace="ecs",
            tags=self._scope.tags(declaration.name, service=declaration.name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        Policy(
            self._name,
            name=self._scope.names.of(f"{declaration.name}-cpu"),
            policy_type="TargetTrackingScaling",
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            service_namespace=target.service_namespace,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {
                    "predefined_metric_type": "ECSServiceAverageCPUUtilization"
                },
                "target_value": declaration.scaling.cpu_percent,
                "scale_out_cooldown": SCALE_OUT_COOLDOWN,
                "scale_in_cooldown": SCALE_IN_COOLDOWN,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _rollback_alarms(names: Sequence[pulumi.Input[str]]) -> dict[str, object] | None:
    return {"alarm_names": list(names), "enable": True, "rollback": True} if names else None


def _timeouts(deployment: DeploymentPlan) -> pulumi.CustomTimeouts | None:
    """How long the provider waits; its own 20 minutes are enough for a rolling update alone."""
    if not deployment.strategy.shifts:
        return None
    minutes = f"{deployment.minutes}m"
    return pulumi.CustomTimeouts(create=minutes, update=minutes)
