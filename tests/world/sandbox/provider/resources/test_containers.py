"""Clusters, capacity providers and task definitions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import containers
from tests.support.provider.world import Walk, World, tags_of

CONTAINERS = [
    {
        "name": "axon",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/test/axon:1",
        "essential": True,
        "portMappings": [{"containerPort": 8081, "name": "axon", "protocol": "tcp"}],
        "environment": [{"name": "PORT", "value": "8081"}],
        "secrets": [
            {"name": "HEARTBEAT_KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}
        ],
        "readonlyRootFilesystem": True,
        "user": "10001",
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 5},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
    }
]


def _cluster(world: World, state: Any) -> Any:
    include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
    found = world.aws("ecs").describe_clusters(clusters=[state.id], include=include)["clusters"][0]
    return found["settings"], tags_of(found.get("tags", []))


def _capacity(world: World, state: Any) -> Any:
    found = world.aws("ecs").describe_clusters(clusters=[state.id])["clusters"][0]
    return found["capacityProviders"], [
        each["capacityProvider"] for each in found["defaultCapacityProviderStrategy"]
    ]


def _definition(world: World, state: Any) -> Any:
    found = world.aws("ecs").describe_task_definition(taskDefinition=state.outputs["arn"], include=["TAGS"])
    definition = found["taskDefinition"]
    container = definition["containerDefinitions"][0]
    secret = container["secrets"][0]["name"]
    return (
        definition["cpu"],
        definition["networkMode"],
        container["name"],
        secret,
        definition["volumes"],
        tags_of(found.get("tags", [])),
    )


def _definition_inputs(family: str, cpu: str) -> dict[str, Any]:
    return {"family": family, "cpu": cpu, "memory": "512", "containerDefinitions": json.dumps(CONTAINERS)}


CASES: dict[str, dict[str, Any]] = {
    "cluster": {
        "token": containers.CLUSTER.token,
        "inputs": lambda w: {
            "name": w.unique("cluster"),
            "settings": [{"name": "containerInsights", "value": "enabled"}],
            "serviceConnectDefaults": {
                "namespace": "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1"
            },
            "configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}},
            "tags": {"a": "1"},
        },
        "look": _cluster,
        "created": ([{"name": "containerInsights", "value": "enabled"}], {"a": "1"}),
        "outputs": "arn name",
        "change": {"settings": [{"name": "containerInsights", "value": "disabled"}], "tags": {"b": "2"}},
        "updated": ([{"name": "containerInsights", "value": "disabled"}], {"b": "2"}),
    },
    "cluster capacity providers": {
        "token": containers.CLUSTER_CAPACITY_PROVIDERS.token,
        "inputs": lambda w: {
            "clusterName": w.make(containers.CLUSTER.token).outputs["name"],
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
        },
        "look": _capacity,
        "created": (["FARGATE"], ["FARGATE"]),
        "change": {"capacityProviders": ["FARGATE", "FARGATE_SPOT"]},
        "updated": (["FARGATE", "FARGATE_SPOT"], ["FARGATE"]),
        "stays": True,
    },
    "task definition": {
        "token": containers.TASK_DEFINITION.token,
        "inputs": lambda w: {
            "family": w.unique("test-axon"),
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": w.role().outputs["arn"],
            "taskRoleArn": w.role().outputs["arn"],
            "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
            "containerDefinitions": json.dumps(CONTAINERS),
            "volumes": [{"name": "scratch"}],
            "tags": {"a": "1"},
        },
        "look": _definition,
        "created": ("256", "awsvpc", "axon", "HEARTBEAT_KEY", [{"name": "scratch", "host": {}}], {"a": "1"}),
        "outputs": "arn arnWithoutRevision revision",
        "change": {"tags": {"b": "2"}},
        "updated": ("256", "awsvpc", "axon", "HEARTBEAT_KEY", [{"name": "scratch", "host": {}}], {"b": "2"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (ECS-1, ECS-3)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in containers.MAPPINGS} - walked == set()


def test_new_definition_is_a_new_revision(world: World) -> None:
    """A changed definition is another revision; the old one can go without touching it."""
    token, family = containers.TASK_DEFINITION.token, world.unique("family")
    first = world.make(token, **_definition_inputs(family, "256"))
    second = world.make(token, **_definition_inputs(family, "512"))
    assert [first.outputs["revision"], second.outputs["revision"]] == [1, 2]
    assert first.outputs["arn"] == f"{first.outputs['arnWithoutRevision']}:1"
    assert first.id != second.id, "the engine tells the replaced one from its replacement by the id"
    world.drop(token, first, _definition_inputs(family, "256"))
    ecs = world.aws("ecs")
    active = ecs.list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"]
    assert active == [second.outputs["arn"]]


def test_every_part_of_a_definition_is_replaced_for(world: World) -> None:
    """ECS has no call that changes a definition: whatever is registered forces a new revision."""
    described = world.provider.resource_type(containers.TASK_DEFINITION.token)
    assert described.properties - described.replace_on == {"tags", "skipDestroy", "trackLatest"}
    assert not described.delete_before_replace


def test_containers_that_are_not_json_are_refused(world: World) -> None:
    """Malformed container definitions are an error about that argument, before anything is sent."""
    with pytest.raises(Exception, match="`containerDefinitions` is not JSON"):
        world.make(containers.TASK_DEFINITION.token, family="f", containerDefinitions="[{")
    with pytest.raises(Exception, match="`containerDefinitions` is not a list"):
        world.make(containers.TASK_DEFINITION.token, family="f", containerDefinitions="{}")
