"""Reads the desired services from the emulated ECS, with their task definitions and target groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.cloud.ecs.definition import (
    HealthCheck,
    TaskDefinition,
    parse_target_group,
    parse_task_definition,
)
from sandbox.cloud.ecs.scaling import keep_within_bounds
from sandbox.cloud.ecs.service import DesiredService, parse_service

READ_FAILURES = (ClientError, BotoCoreError)
"""What reading can raise when something was deleted between two calls, or when the emulator stops."""

_DESCRIBE_AT_MOST = 10
_DEFAULT_DEREGISTRATION_DELAY = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """A target group as DescribeTargetGroups gives it, and its deregistration delay in seconds."""

    described: Mapping[str, Any]
    deregistration_delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsSnapshot:
    """Active services by key, and the target groups of those that have one, by ARN."""

    services: Mapping[str, DesiredService] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)

    def check(self, service: DesiredService, definition: TaskDefinition) -> HealthCheck:
        """The health check for tasks of a service; a TCP connection if nothing is declared."""
        check = definition.health
        for link in service.target_groups:
            group = self.target_groups.get(link.target_group_arn)
            if group is not None:
                check = parse_target_group(group.described, check)
        return check or HealthCheck()

    def drain_seconds(self, service: DesiredService) -> float:
        """Seconds that a task may take to finish its requests.

        The longest deregistration delay of its target groups, 30 without one.
        """
        delays = [
            group.deregistration_delay
            for link in service.target_groups
            if (group := self.target_groups.get(link.target_group_arn)) is not None
        ]
        return max(delays, default=30.0)


class EcsReader:
    """Reads services; every method blocks. Task definitions never change, so each is read once."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        """`aws` gives a boto3 client by service name."""
        self._aws = aws
        self._definitions: dict[str, TaskDefinition] = {}

    def services(self) -> dict[str, DesiredService]:
        """All active services of all active clusters, by key."""
        ecs = self._aws("ecs")
        arns = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
        found: dict[str, DesiredService] = {}
        for batch in _batches(arns, 100):
            for cluster in ecs.describe_clusters(clusters=batch)["clusters"]:
                if cluster["status"] == "ACTIVE":
                    found |= {service.key: service for service in self._services_of(ecs, cluster)}
        return found

    def _services_of(self, ecs: Any, cluster: Mapping[str, Any]) -> Iterator[DesiredService]:
        name = cluster["clusterName"]
        namespace = (cluster.get("serviceConnectDefaults") or {}).get("namespace")
        arns = [
            arn
            for page in ecs.get_paginator("list_services").paginate(cluster=name)
            for arn in page["serviceArns"]
        ]
        for batch in _batches(arns, _DESCRIBE_AT_MOST):
            for described in ecs.describe_services(cluster=name, services=batch)["services"]:
                if described["status"] == "ACTIVE" and described.get("taskDefinition"):
                    definition = self.definition(described["taskDefinition"])
                    yield parse_service(described, definition, default_namespace=namespace)

    def definition(self, arn: str) -> TaskDefinition:
        """One task definition, by ARN or `family:revision`."""
        if arn not in self._definitions:
            described = self._aws("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
            self._definitions[arn] = parse_task_definition(described)
        return self._definitions[arn]

    def snapshot(self) -> EcsSnapshot:
        """The services, kept within the bounds of their scaling, together with their target groups."""
        services = keep_within_bounds(self._aws, self.services())
        links = [link for service in services.values() for link in service.target_groups]
        arns = {arn for link in links for arn in link.groups}
        groups = {arn: group for arn in sorted(arns) if (group := self._group(arn)) is not None}
        return EcsSnapshot(services=services, target_groups=groups)

    def _group(self, arn: str) -> TargetGroup | None:
        """A target group by ARN; None if it was deleted before the service that refers to it."""
        elbv2 = self._aws("elbv2")
        try:
            return self._described(elbv2, arn)
        except elbv2.exceptions.TargetGroupNotFoundException:
            return None

    def _described(self, elbv2: Any, arn: str) -> TargetGroup:
        described = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        attributes = elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        delay = next(
            (
                float(attribute["Value"])
                for attribute in attributes
                if attribute["Key"] == "deregistration_delay.timeout_seconds"
            ),
            _DEFAULT_DEREGISTRATION_DELAY,
        )
        return TargetGroup(described=described, deregistration_delay=delay)


def _batches(items: Sequence[str], size: int) -> Iterator[list[str]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
