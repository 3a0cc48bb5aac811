"""Task definitions and services, read from what ECS and ELBv2 describe."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.ecs.definition import (
    HealthCheck,
    LogTarget,
    PortMapping,
    SecretReference,
    parse_matcher,
    parse_target_group,
    parse_task_definition,
    url_path,
)
from sandbox.cloud.ecs.deployment_settings import DeploymentCircuitBreaker
from sandbox.cloud.ecs.service import (
    ClientAlias,
    ServiceConnectConfiguration,
    parse_service,
)

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/test-axon:7"


def described(**container: Any) -> dict[str, Any]:
    main = {
        "name": "axon",
        "image": "test/axon:1",
        "essential": True,
        "portMappings": [{"name": "http", "containerPort": 8081}],
        **container,
    }
    return {
        "taskDefinitionArn": ARN,
        "containerDefinitions": [{"name": "agent", "image": "agent:1", "essential": False}, main],
        "taskRoleArn": "arn:aws:iam::123456789012:role/r",
    }


def test_a_task_definition_becomes_a_value() -> None:
    """ECS-3: the essential container with a port is the one that runs; the other is named as left out."""
    definition = parse_task_definition(
        described(
            environment=[{"name": "A", "value": "1"}],
            secrets=[{"name": "S", "valueFrom": "arn"}],
            stopTimeout=5,
            logConfiguration={
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/g", "awslogs-stream-prefix": "p"},
            },
        )
    )
    assert definition.container == "axon"
    assert definition.left_out == ("agent",)
    assert definition.label == "test-axon:7"
    assert definition.environment == (("A", "1"),)
    assert definition.secrets == (SecretReference(name="S", value_from="arn"),)
    assert definition.ports == (PortMapping(name="http", container_port=8081),)
    assert definition.log == LogTarget(group="/g", stream_prefix="p")
    assert definition.stop_timeout == 5
    assert definition.container_port("http") == 8081
    assert definition.container_port("grpc") is None


def test_what_the_main_container_depends_on_runs_too() -> None:
    """The gate stands first, and needs its application; what neither needs is left out."""
    main = {
        "name": "gate",
        "image": "test/gate:1",
        "portMappings": [{"name": "quotes", "containerPort": 8083}, {"name": "calls", "containerPort": 9081}],
        "dependsOn": [{"containerName": "quotes", "condition": "START"}],
    }
    behind = {"name": "quotes", "image": "test/quotes:1", "portMappings": [{"containerPort": 9080}]}
    apart = {"name": "agent", "image": "agent:1", "essential": False}
    definition = parse_task_definition(
        {"taskDefinitionArn": ARN, "containerDefinitions": [main, behind, apart]}
    )
    assert definition.container == "gate"
    assert [other.image for other in definition.others] == ["test/quotes:1"]
    assert definition.left_out == ("agent",)
    assert definition.further_ports == (9081, 9080)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("CMD-SHELL curl -f http://localhost:8081/health || exit 1", "/health"),
        ("CMD-SHELL curl -f 'http://localhost:8081/health?deep=1'", "/health?deep=1"),
        ("CMD python -c urllib.request.urlopen('http://127.0.0.1:8081/h')", "/h"),
        ("CMD-SHELL wget -q http://localhost:8081 || exit 1", "/"),
        ("CMD /bin/check", None),
    ],
)
def test_the_path_is_found_in_the_health_command(command: str, path: str | None) -> None:
    """The container's own command says what to GET; without a URL a TCP connection has to do."""
    assert url_path(command) == path


def test_the_target_group_names_the_path_and_the_container_the_times() -> None:
    """MSH-2.

    A service behind the load balancer is checked at the target group's path and with its matcher.
    """
    container = HealthCheck(path="/health", interval=5, retries=2)
    group = {"HealthCheckPath": "/ready", "Matcher": {"HttpCode": "200-204"}}
    check = parse_target_group(group, container)
    assert check == HealthCheck(path="/ready", interval=5, retries=2, statuses=((200, 204),))
    assert parse_target_group({"HealthCheckPath": None}, container) is container
    alone = parse_target_group({**group, "HealthCheckIntervalSeconds": 7, "UnhealthyThresholdCount": 4}, None)
    assert alone is not None
    assert (alone.interval, alone.retries) == (7, 4)


def test_matchers_list_codes_and_ranges() -> None:
    """`200,202` and `200-299`, as ELBv2 writes them."""
    assert parse_matcher("200, 202") == ((200, 200), (202, 202))
    check = HealthCheck(statuses=parse_matcher("200-299"))
    assert check.accepts(204)
    assert not check.accepts(302)


def service(**more: Any) -> dict[str, Any]:
    return {
        "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/test/axon",
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/test",
        "serviceName": "axon",
        "desiredCount": 2,
        "deployments": [],
        **more,
    }


def test_a_service_becomes_a_value() -> None:
    """ECS-4: limits, breaker, network and target groups are taken over."""
    desired = parse_service(
        service(
            deployments=[{"id": "ecs-svc/1", "status": "PRIMARY"}],
            deploymentConfiguration={
                "minimumHealthyPercent": 0,
                "maximumPercent": 150,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"]}},
            loadBalancers=[{"targetGroupArn": "tg", "containerPort": 8081}],
            healthCheckGracePeriodSeconds=30,
        ),
        parse_task_definition(described()),
    )
    assert desired.key == "test/axon"
    assert desired.deployment_id == "ecs-svc/1"
    assert (desired.minimum_healthy_percent, desired.maximum_percent) == (0, 150)
    assert desired.deployment.breaker == DeploymentCircuitBreaker(enabled=True, rollback=True)
    assert desired.security_groups == {"g"}
    assert desired.grace_period == 30
    assert desired.connect is None


def connected(**configuration: Any) -> ServiceConnectConfiguration | None:
    deployment = {
        "id": "ecs-svc/1",
        "status": "PRIMARY",
        "serviceConnectConfiguration": {"enabled": True, **configuration},
    }
    return parse_service(
        service(deployments=[deployment]), parse_task_definition(described()), default_namespace="ns"
    ).connect


def test_service_connect_aliases_point_to_container_ports() -> None:
    """MSH-1: the port name leads to the container port, the cluster's namespace is the default."""
    offered = {"portName": "http", "clientAliases": [{"dnsName": "Axon", "port": 80}]}
    alias = ClientAlias(name="axon", port=80, container_port=8081)
    assert connected(services=[offered]) == ServiceConnectConfiguration(namespace="ns", aliases=(alias,))


def test_service_connect_defaults() -> None:
    """MSH-1: a client only; a name made of discovery name and namespace; a request timeout of its own."""
    assert connected(namespace="other") == ServiceConnectConfiguration(namespace="other")
    found = connected(
        services=[
            {"portName": "http", "clientAliases": [{"port": 80}], "timeout": {"perRequestTimeoutSeconds": 0}},
            {"portName": "unknown", "clientAliases": [{"port": 81}]},
        ]
    )
    alias = ClientAlias(name="http.ns", port=80, container_port=8081, request_timeout=None)
    assert found == ServiceConnectConfiguration(namespace="ns", aliases=(alias,))
