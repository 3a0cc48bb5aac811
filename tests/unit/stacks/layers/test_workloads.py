"""The workloads layer: tasks and services as they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.layer_outputs import MadeWorkloads
from stacks.layer_settings import WorkloadSettings
from stacks.layers.workloads import deploy
from stacks.names import Layer
from stacks.outputs import WorkloadOutputs
from tests.support.recording.environments import layer_context, recorded, recorded_outputs
from tests.support.recording.recorder import Graph, record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

SERVICE = "aws:ecs/service:Service"


@pytest.fixture
def platform() -> Graph:
    return recorded("dev")[Layer.PLATFORM]


@pytest.fixture
def workloads() -> Graph:
    return recorded("dev")[Layer.WORKLOADS]


def test_workloads_stand_on_the_layers_below() -> None:
    """Made from settings and the outputs of both other layers; every declared service is handed up."""
    made: list[MadeWorkloads] = []
    record(
        lambda: made.append(deploy(layer_context(Layer.WORKLOADS), WorkloadSettings())),
        stack="dev-workloads",
        config={},
        stacks=recorded_outputs("dev"),
    )
    (outputs,) = made
    assert isinstance(outputs, WorkloadOutputs)
    assert set(outputs.services) == {"axon", "orbit"}


@pytest.mark.parametrize(("name", "tier"), [("axon", "isolated"), ("orbit", "private")])
def test_services_run_where_they_are_declared(workloads: Graph, name: str, tier: str) -> None:
    """ECS-4: Axon in the isolated subnets, Orbit in the private ones, neither with a public address."""
    inputs = workloads.one(SERVICE, name).inputs
    network = inputs["networkConfiguration"]
    assert network["subnets"] == recorded("dev")[Layer.FOUNDATION].outputs[f"{tier}_subnet_ids"]
    assert network["assignPublicIp"] is False
    groups = recorded("dev")[Layer.PLATFORM].outputs["security_group_ids"]
    assert network["securityGroups"] == [groups[name], groups["every-service"]]


@pytest.mark.parametrize("name", ["axon", "orbit"])
def test_deployments_are_safe(workloads: Graph, name: str) -> None:
    """ECS-4: rolling, never below what is wanted, rolled back when it does not settle, and waited for."""
    service = workloads.one(SERVICE, name)
    assert service.inputs["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["deploymentMinimumHealthyPercent"] == 100
    assert service.inputs["deploymentMaximumPercent"] == 200
    assert service.inputs["waitForSteadyState"] is True
    assert service.ignore_changes == ("desiredCount",)
    target = workloads.one("aws:appautoscaling/target:Target", name)
    assert target.inputs["resourceId"] == f"service/dev/{name}"


def test_service_connect(workloads: Graph) -> None:
    """MSH-1: Axon is exposed as axon:8081; Orbit is a client only, and made after Axon."""
    axon, orbit = workloads.one(SERVICE, "axon"), workloads.one(SERVICE, "orbit")
    assert axon.inputs["serviceConnectConfiguration"]["services"] == [
        {
            "portName": "axon",
            "discoveryName": "axon",
            "clientAlias": [{"dnsName": "axon", "port": 8081}],
        }
    ]
    assert set(orbit.inputs["serviceConnectConfiguration"]) == {"enabled", "namespace"}
    assert axon.urn in orbit.dependencies


def test_target_group_hangs_on_its_rule_first(workloads: Graph) -> None:
    """MSH-2: ECS refuses a target group that no listener leads to; the rule's priority is the port."""
    rule = workloads.one("aws:lb/listenerRule:ListenerRule", "orbit")
    assert rule.urn in workloads.one(SERVICE, "orbit").dependencies
    assert rule.inputs["priority"] == 8080
    assert rule.inputs["conditions"] == [
        {"pathPattern": {"values": ["/dispatch", "/health", "/openapi.json"]}}
    ]
    group = workloads.one("aws:lb/targetGroup:TargetGroup", "orbit").inputs
    assert (group["targetType"], group["healthCheck"]["path"]) == ("ip", "/health")


def test_tasks_are_made_after_what_they_may_do(workloads: Graph) -> None:
    """ECS-2: a task definition waits for its roles' policies, and names both roles."""
    for name in ("axon", "orbit"):
        definition = workloads.one("aws:ecs/taskDefinition:TaskDefinition", name)
        for role in (f"{name}-task", f"{name}-execution"):
            assert workloads.one("aws:iam/rolePolicy:RolePolicy", role).urn in definition.dependencies
        assert definition.inputs["taskRoleArn"].endswith(f"dev-{name}-task")
        assert definition.inputs["executionRoleArn"].endswith(f"dev-{name}-execution")


def test_containers_get_the_deployed_arns(workloads: Graph, platform: Graph) -> None:
    """ECS-3: image, secrets, signing keys and public keys of grants are those of the platform.

    The function is asked through the caller's own alias.
    """
    outputs = platform.outputs
    (axon,) = json.loads(
        workloads.one("aws:ecs/taskDefinition:TaskDefinition", "axon").inputs["containerDefinitions"]
    )
    (orbit,) = json.loads(
        workloads.one("aws:ecs/taskDefinition:TaskDefinition", "orbit").inputs["containerDefinitions"]
    )
    assert axon["image"] == f"{outputs['repository_urls']['axon']}:0.1.0"
    assert axon["secrets"] == [
        {"name": "HEARTBEAT_KEY", "valueFrom": outputs["secret_arns"]["axon/heartbeat-key"]}
    ]
    assert _variable(axon, "CALLERS")[0]["signing_secret"] == outputs["signing_secret_arns"]["orbit-axon"]
    assert _variable(orbit, "CALLS")[0]["signing_secret"] == outputs["signing_secret_arns"]["orbit-axon"]
    variables = {item["name"]: item["value"] for item in orbit["environment"]}
    function = f"function:{outputs['governance_function_name']}:caller-orbit"
    assert variables["GOVERNANCE_FUNCTION"].endswith(f":{function}")
    for container in (axon, orbit):
        variables = {item["name"]: item["value"] for item in container["environment"]}
        assert variables["GRANT_BOUND_SECONDS"] == outputs["grant_bound_seconds"]
        assert variables.get("GRANT_KEYS") == (outputs["grant_keys_arn"] if container is axon else None)


def _variable(container: dict[str, Any], name: str) -> Any:
    return json.loads(next(item["value"] for item in container["environment"] if item["name"] == name))


def test_log_groups_are_kept_and_encrypted(workloads: Graph) -> None:
    """ECS-2: each log group has a retention and the platform's key."""
    key = recorded("dev")[Layer.FOUNDATION].outputs["key_arns"]["platform"]
    groups = workloads.of("aws:cloudwatch/logGroup:LogGroup")
    assert groups
    for group in groups:
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (30, key)
