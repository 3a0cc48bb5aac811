"""Secrets and credentials that a task gets when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.ecs.definition import SecretReference, TaskDefinition
from sandbox.cloud.tasks.errors import ResourceInitializationError
from sandbox.cloud.tasks.injection import Injector


class Secrets:
    """A Secrets Manager with one binary secret, that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []

    def get_secret_value(self, **arguments: str) -> dict[str, Any]:
        self.asked.append(arguments)
        return {"SecretBinary": b"1"}


def test_versions_are_asked_for_and_binary_secrets_refused() -> None:
    """ECS-3: stage and version id of the suffix are passed on; a secret without a string is an error."""
    secrets = Secrets()
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf"
    definition = parse(f"{arn}::AWSPREVIOUS:v1")
    with pytest.raises(ResourceInitializationError, match="has no SecretString"):
        Injector(lambda _: secrets).secrets(definition, "t")
    assert secrets.asked == [{"SecretId": arn, "VersionStage": "AWSPREVIOUS", "VersionId": "v1"}]


def parse(value_from: str) -> TaskDefinition:
    return TaskDefinition(
        arn="a/b:1", container="c", image="i", secrets=(SecretReference(name="K", value_from=value_from),)
    )


def test_a_role_that_cannot_be_assumed_is_said() -> None:
    """IAM-1: the role is named; without a role there are no credentials."""

    class Refusing:
        def assume_role(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")

    role = TaskDefinition(arn="a/b:1", container="c", image="i", task_role_arn="arn:aws:iam::1:role/r")
    with pytest.raises(ResourceInitializationError, match=r"role `arn:aws:iam::1:role/r`: AccessDenied: no"):
        Injector(lambda _: Refusing()).credentials(role, "t")
    without = TaskDefinition(arn="a/b:1", container="c", image="i")
    assert Injector(lambda _: Refusing()).credentials(without, "t") is None
