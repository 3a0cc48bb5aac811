from __future__ import annotations

import json
from typing import Any

import pytest

REPOSITORY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "pull",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "ecr:BatchGetImage",
            }
        ],
    }
)
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
                "action": {"type": "expire"},
            }
        ]
    }
)
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


def _ecs_tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}


def _repository(world: Any, state: Any) -> Any:
    ecr = world.aws("ecr")
    found = ecr.describe_repositories(repositoryNames=[state.id])["repositories"][0]
    tags = ecr.list_tags_for_resource(resourceArn=state.outputs["arn"])["tags"]
    return (
        found["imageTagMutability"],
        found["imageScanningConfiguration"]["scanOnPush"],
        found["encryptionConfiguration"]["encryptionType"],
        {tag["Key"]: tag["Value"] for tag in tags},
    )


def _repository_policy(world: Any, state: Any) -> Any:
    found = world.aws("ecr").get_repository_policy(repositoryName=state.id)["policyText"]
    return json.loads(found)["Statement"][0]["Sid"]


def _lifecycle(world: Any, state: Any) -> Any:
    found = world.aws("ecr").get_lifecycle_policy(repositoryName=state.id)["lifecyclePolicyText"]
    return json.loads(found)["rules"][0]["selection"]["countNumber"]


def _cluster(world: Any, state: Any) -> Any:
    include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
    found = world.aws("ecs").describe_clusters(clusters=[state.id], include=include)["clusters"][0]
    return found["settings"], _ecs_tags(found)


def _capacity(world: Any, state: Any) -> Any:
    found = world.aws("ecs").describe_clusters(clusters=[state.id])["clusters"][0]
    return found["capacityProviders"], [
        each["capacityProvider"] for each in found["defaultCapacityProviderStrategy"]
    ]


def _namespace(world: Any, state: Any) -> Any:
    discovery = world.aws("servicediscovery")
    found = discovery.get_namespace(Id=state.id)["Namespace"]
    tags = discovery.list_tags_for_resource(ResourceARN=state.outputs["arn"])["Tags"]
    return found["Type"], found["Description"], {tag["Key"]: tag["Value"] for tag in tags}


def _definition(world: Any, state: Any) -> Any:
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
        _ecs_tags(found),
    )


def _new_repository(world: Any) -> str:
    return str(world.make("aws:ecr/repository:Repository").id)


CASES = {
    "repository": {
        "token": "aws:ecr/repository:Repository",
        "inputs": lambda w: {
            "name": w.unique("test/axon"),
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": w.key(1).outputs["arn"]}],
            "forceDelete": True,
            "tags": {"a": "1"},
        },
        "look": _repository,
        "created": ("IMMUTABLE", True, "KMS", {"a": "1"}),
        "outputs": "arn registryId repositoryUrl",
        "change": {
            "imageTagMutability": None,
            "imageScanningConfiguration": {"scanOnPush": False},
            "tags": {"b": "2"},
        },
        "updated": ("MUTABLE", False, "KMS", {"b": "2"}),
    },
    "repository policy": {
        "token": "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "inputs": lambda w: {"repository": _new_repository(w), "policy": REPOSITORY_POLICY},
        "look": _repository_policy,
        "created": "pull",
        "outputs": "registryId",
        "change": {"policy": REPOSITORY_POLICY.replace('"pull"', '"fetch"')},
        "updated": "fetch",
    },
    "lifecycle policy": {
        "token": "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "inputs": lambda w: {"repository": _new_repository(w), "policy": LIFECYCLE},
        "look": _lifecycle,
        "created": 5,
        "outputs": "registryId",
        "change": {"policy": LIFECYCLE.replace("5", "6")},
        "updated": 6,
    },
    "cluster": {
        "token": "aws:ecs/cluster:Cluster",
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
        "token": "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "inputs": lambda w: {
            "clusterName": w.make("aws:ecs/cluster:Cluster").outputs["name"],
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
        },
        "look": _capacity,
        "created": (["FARGATE"], ["FARGATE"]),
        "change": {"capacityProviders": ["FARGATE", "FARGATE_SPOT"]},
        "updated": (["FARGATE", "FARGATE_SPOT"], ["FARGATE"]),
        "stays": True,
    },
    "namespace": {
        "token": "aws:servicediscovery/httpNamespace:HttpNamespace",
        "inputs": lambda w: {"name": w.unique("env.myelin"), "description": "d", "tags": {"a": "1"}},
        "look": _namespace,
        "created": ("HTTP", "d", {"a": "1"}),
        "outputs": "arn httpName",
        "change": {"description": "e", "tags": {"b": "2"}},
        "updated": ("HTTP", "e", {"b": "2"}),
    },
    "task definition": {
        "token": "aws:ecs/taskDefinition:TaskDefinition",
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
def test_container_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Registries, clusters, definitions are made, seen, changed and removed (ECS-1, ECS-3, MSH-1)."""
    walk(case)


def _definition_inputs(family: str, cpu: str) -> dict[str, Any]:
    return {"family": family, "cpu": cpu, "memory": "512", "containerDefinitions": json.dumps(CONTAINERS)}


def test_new_definition_is_a_new_revision(world: Any) -> None:
    """A changed definition is another revision; the old one can go without touching it."""
    token, family = "aws:ecs/taskDefinition:TaskDefinition", world.unique("family")
    first = world.make(token, **_definition_inputs(family, "256"))
    second = world.make(token, **_definition_inputs(family, "512"))
    assert [first.outputs["revision"], second.outputs["revision"]] == [1, 2]
    assert first.outputs["arn"] == f"{first.outputs['arnWithoutRevision']}:1"
    assert first.id != second.id, "the engine tells the replaced one from its replacement by the id"
    world.drop(token, first, _definition_inputs(family, "256"))
    ecs = world.aws("ecs")
    active = ecs.list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"]
    assert active == [second.outputs["arn"]]


def test_every_part_of_a_definition_is_replaced_for(world: Any) -> None:
    """ECS has no call that changes a definition: whatever is registered forces a new revision."""
    described = world.provider.resource_type("aws:ecs/taskDefinition:TaskDefinition")
    assert described.properties - described.replace_on == {"tags", "skipDestroy", "trackLatest"}
    assert not described.delete_before_replace


def test_containers_that_are_not_json_are_refused(world: Any) -> None:
    """Malformed container definitions are an error about that argument, before anything is sent."""
    with pytest.raises(Exception, match="`containerDefinitions` is not JSON"):
        world.make("aws:ecs/taskDefinition:TaskDefinition", family="f", containerDefinitions="[{")
    with pytest.raises(Exception, match="`containerDefinitions` is not a list"):
        world.make("aws:ecs/taskDefinition:TaskDefinition", family="f", containerDefinitions="{}")
