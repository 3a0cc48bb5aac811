"""The task definition of a service with its roles and log group, made alone. ECS-2, ECS-3."""

from __future__ import annotations

import json

from components.containers.task import Task, TaskInputs
from components.declarations import load_services
from components.mesh.service_connect import ServiceConnect
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SERVICES = load_services(ROOT / "services")
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
INPUTS = TaskInputs(
    own_key_arn="arn:key:axon",
    calls_key_arn="arn:key:calls",
    platform_key_arn="arn:key:platform",
    boundary_arn="arn:boundary:axon",
    repository_url="registry/dev/axon",
    gate_repository_url=None,
    secret_arns={"axon/heartbeat-key": "arn:secret:heartbeat"},
    signing_secret_arns={"orbit-axon": "arn:secret:orbit-axon"},
    grants_key_arn="arn:key:grants",
    grant_keys_arn="arn:secret:grant-keys",
    grant_bound_seconds="30",
)


def made() -> RecordedComponent:
    return record_component(
        lambda: Task(
            "axon",
            SCOPE,
            SERVICES,
            SERVICES.get("axon"),
            ServiceConnect(),
            INPUTS,
            image_tag="1.2.3",
            gate_tag="1.0.0",
            cpu_architecture="ARM64",
            log_retention_days=30,
        )
    )


def test_everything_of_a_task() -> None:
    """A log group, two roles with a policy each, and the definition, all below the component."""
    found = made()
    assert found.children == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "myelin:identity:Role": 2,
        "aws:iam/role:Role": 2,
        "aws:iam/rolePolicy:RolePolicy": 2,
        DEFINITION: 1,
    }
    assert set(found.outputs) == {"definition_arn", "log_group_name"}
    assert found.outputs["log_group_name"] == "/myelin/dev/axon"
    assert found.only("aws:cloudwatch/logGroup:LogGroup").inputs["kmsKeyId"] == "arn:key:platform"


def test_definition_waits_for_what_its_roles_may_do() -> None:
    """A task that starts before its roles have their policies would fail; the definition names both roles."""
    found = made()
    definition = found.only(DEFINITION)
    policies = {one.urn for one in found.graph.of("aws:iam/rolePolicy:RolePolicy")}
    assert policies <= set(definition.dependencies)
    assert definition.inputs["taskRoleArn"].endswith("dev-axon-task")
    assert definition.inputs["executionRoleArn"].endswith("dev-axon-execution")
    boundaries = {role.inputs["permissionsBoundary"] for role in found.graph.of("aws:iam/role:Role")}
    assert boundaries == {"arn:boundary:axon"}


def test_container_is_told_the_deployed_values() -> None:
    """Image, secrets and signing keys are those that the layers below have made."""
    inputs = made().only(DEFINITION).inputs
    (container,) = json.loads(inputs["containerDefinitions"])
    variables = {item["name"]: item["value"] for item in container["environment"]}
    assert container["image"] == "registry/dev/axon:1.2.3"
    assert container["secrets"] == [{"name": "HEARTBEAT_KEY", "valueFrom": "arn:secret:heartbeat"}]
    assert variables["MYELIN_VERSION"] == "1.2.3"
    assert "arn:secret:orbit-axon" in variables["CALLERS"]
    assert (variables["GRANT_KEYS"], variables["GRANT_BOUND_SECONDS"]) == ("arn:secret:grant-keys", "30")
    assert variables["GRANT_ISSUER"] == f"{SCOPE.account.id}/{SCOPE.account.region}/dev"
    assert inputs["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}
    assert (inputs["cpu"], inputs["memory"], inputs["networkMode"]) == ("256", "512", "awsvpc")
