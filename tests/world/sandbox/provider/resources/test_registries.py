"""Image registries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import registries
from tests.support.provider.world import Walk, World, tags_of

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


def _repository(world: World, state: Any) -> Any:
    ecr = world.aws("ecr")
    found = ecr.describe_repositories(repositoryNames=[state.id])["repositories"][0]
    tags = ecr.list_tags_for_resource(resourceArn=state.outputs["arn"])["tags"]
    return (
        found["imageTagMutability"],
        found["imageScanningConfiguration"]["scanOnPush"],
        found["encryptionConfiguration"]["encryptionType"],
        tags_of(tags),
    )


def _repository_policy(world: World, state: Any) -> Any:
    found = world.aws("ecr").get_repository_policy(repositoryName=state.id)["policyText"]
    return json.loads(found)["Statement"][0]["Sid"]


def _lifecycle(world: World, state: Any) -> Any:
    found = world.aws("ecr").get_lifecycle_policy(repositoryName=state.id)["lifecyclePolicyText"]
    return json.loads(found)["rules"][0]["selection"]["countNumber"]


def _new_repository(world: World) -> str:
    return str(world.make(registries.REPOSITORY.token).id)


CASES: dict[str, dict[str, Any]] = {
    "repository": {
        "token": registries.REPOSITORY.token,
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
        "token": registries.REPOSITORY_POLICY.token,
        "inputs": lambda w: {"repository": _new_repository(w), "policy": REPOSITORY_POLICY},
        "look": _repository_policy,
        "created": "pull",
        "outputs": "registryId",
        "change": {"policy": REPOSITORY_POLICY.replace('"pull"', '"fetch"')},
        "updated": "fetch",
    },
    "lifecycle policy": {
        "token": registries.LIFECYCLE_POLICY.token,
        "inputs": lambda w: {"repository": _new_repository(w), "policy": LIFECYCLE},
        "look": _lifecycle,
        "created": 5,
        "outputs": "registryId",
        "change": {"policy": LIFECYCLE.replace("5", "6")},
        "updated": 6,
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (ECS-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in registries.MAPPINGS} - walked == set()
