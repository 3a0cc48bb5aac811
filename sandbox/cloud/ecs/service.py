"""ECS services as values: desired count, deployment configuration, target groups and Service Connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, parse_deployment_settings

_REQUEST_TIMEOUT = 15
"""Seconds, the default of Service Connect.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TimeoutConfiguration.html
"""


TEST_HEADER = "x-amzn-ecs-blue-green-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestHeader:
    """The header, in lower case, by which requests are test traffic; `value` None is any value."""

    __test__ = False  # pytest

    name: str = TEST_HEADER
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAlias:
    """A name and port under which callers reach a service through Service Connect."""

    name: str
    port: int
    container_port: int
    request_timeout: float | None = 15.0
    """Seconds until an answer has to begin; None for no limit."""
    test_header: TestHeader = field(default_factory=TestHeader)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConnectConfiguration:
    """A service's namespace and its names there; a service without aliases only calls others."""

    namespace: str
    aliases: tuple[ClientAlias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroupLink:
    """A target group whose targets are the tasks of a service.

    With an alternate target group, the tasks of one revision are in one of the two, those of the next in the
    other, and ECS writes the weights of both into the rules for production and for test traffic.
    """

    target_group_arn: str
    container_port: int
    alternate_arn: str | None = None
    production_rule: str | None = None
    test_rule: str | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Its target groups, by slot."""
        return (self.target_group_arn, self.alternate_arn) if self.alternate_arn else (self.target_group_arn,)

    def group(self, slot: int) -> str:
        """The target group of a revision's slot."""
        return self.groups[slot % len(self.groups)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredService:
    """One active ECS service, as its users want it: nothing here says what runs."""

    arn: str
    cluster: str
    name: str
    desired_count: int
    deployment_id: str
    definition: TaskDefinition
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    deployment: DeploymentSettings = field(default_factory=DeploymentSettings)
    grace_period: float = 0.0
    target_groups: tuple[TargetGroupLink, ...] = ()
    security_groups: frozenset[str] = frozenset()
    subnets: frozenset[str] = frozenset()
    connect: ServiceConnectConfiguration | None = None

    @property
    def key(self) -> str:
        """`cluster/name`, unique within the emulated account and region."""
        return f"{self.cluster}/{self.name}"


def parse_service(
    described: Mapping[str, Any], definition: TaskDefinition, *, default_namespace: str | None = None
) -> DesiredService:
    """Read one entry of DescribeServices; `default_namespace` is that of the cluster."""
    primary = next(
        (found for found in described.get("deployments", ()) if found.get("status") == "PRIMARY"), None
    )
    limits = described.get("deploymentConfiguration") or {}
    network = (described.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return DesiredService(
        arn=described["serviceArn"],
        cluster=described["clusterArn"].rpartition("/")[2],
        name=described["serviceName"],
        desired_count=int(described["desiredCount"]),
        deployment_id=primary["id"] if primary else definition.arn,
        definition=definition,
        minimum_healthy_percent=_percent(limits.get("minimumHealthyPercent"), 100),
        maximum_percent=_percent(limits.get("maximumPercent"), 200),
        deployment=parse_deployment_settings(limits),
        grace_period=float(described.get("healthCheckGracePeriodSeconds") or 0),
        target_groups=tuple(
            _target_group_link(link)
            for link in described.get("loadBalancers", ())
            if link.get("targetGroupArn")
        ),
        security_groups=frozenset(network.get("securityGroups") or ()),
        subnets=frozenset(network.get("subnets") or ()),
        connect=_service_connect(
            (primary or {}).get("serviceConnectConfiguration"), definition, default_namespace
        ),
    )


def _target_group_link(described: Mapping[str, Any]) -> TargetGroupLink:
    advanced = described.get("advancedConfiguration") or {}
    return TargetGroupLink(
        target_group_arn=described["targetGroupArn"],
        container_port=int(described.get("containerPort") or 0),
        alternate_arn=advanced.get("alternateTargetGroupArn"),
        production_rule=advanced.get("productionListenerRule"),
        test_rule=advanced.get("testListenerRule"),
    )


def _percent(value: int | None, default: int) -> int:
    return default if value is None else int(value)


def _service_connect(
    described: Mapping[str, Any] | None, definition: TaskDefinition, default_namespace: str | None
) -> ServiceConnectConfiguration | None:
    if not described or not described.get("enabled"):
        return None
    namespace = described.get("namespace") or default_namespace
    if not namespace:
        return None
    namespace = namespace.rpartition("/")[2]
    aliases: list[ClientAlias] = []
    for offered in described.get("services") or ():
        container_port = definition.container_port(offered["portName"])
        if container_port is None:
            continue
        timeout = (offered.get("timeout") or {}).get("perRequestTimeoutSeconds", _REQUEST_TIMEOUT)
        discovery_name = offered.get("discoveryName") or offered["portName"]
        aliases.extend(
            ClientAlias(
                name=(alias.get("dnsName") or f"{discovery_name}.{namespace}").lower(),
                port=int(alias["port"]),
                container_port=container_port,
                request_timeout=float(timeout) or None,
                test_header=_test_header(alias.get("testTrafficRules")),
            )
            for alias in offered.get("clientAliases") or ()
        )
    return ServiceConnectConfiguration(namespace=namespace, aliases=tuple(aliases))


def _test_header(rules: Mapping[str, Any] | None) -> TestHeader:
    header = (rules or {}).get("header")
    if not header:
        return TestHeader()
    return TestHeader(name=header["name"].lower(), value=(header.get("value") or {}).get("exact"))
