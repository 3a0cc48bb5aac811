"""Fetches a task's secrets and the credentials of its role, as ECS does before it starts the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.tasks.environment import SecretAddress, TaskRoleCredentials
from sandbox.cloud.tasks.errors import ResourceInitializationError


class Injector:
    """Calls Secrets Manager and STS; every method blocks."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        """`aws` gives a boto3 client by service name."""
        self._aws = aws

    def secrets(self, definition: TaskDefinition) -> Mapping[str, str]:
        """The secrets of a task definition: values by variable name; raises ResourceInitializationError."""
        return {reference.name: self._secret(reference.value_from) for reference in definition.secrets}

    def _secret(self, value_from: str) -> str:
        address = SecretAddress.parse(value_from)
        arguments = {"SecretId": address.arn}
        if address.version_stage:
            arguments["VersionStage"] = address.version_stage
        if address.version_id:
            arguments["VersionId"] = address.version_id
        try:
            answer = self._aws("secretsmanager").get_secret_value(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise ResourceInitializationError(
                f"unable to pull secrets: `{address.arn}`: {_describe_error(error)}"
            ) from error
        if "SecretString" not in answer:
            raise ResourceInitializationError(f"unable to pull secrets: `{address.arn}` has no SecretString")
        return address.extract(answer["SecretString"])

    def credentials(self, definition: TaskDefinition, task_id: str) -> TaskRoleCredentials | None:
        """Assume the task role; None if the definition has none. Raises ResourceInitializationError."""
        if definition.task_role_arn is None:
            return None
        try:
            answer = self._aws("sts").assume_role(RoleArn=definition.task_role_arn, RoleSessionName=task_id)
        except (ClientError, BotoCoreError) as error:
            raise ResourceInitializationError(
                f"unable to assume the task role `{definition.task_role_arn}`: {_describe_error(error)}"
            ) from error
        given = answer["Credentials"]
        return TaskRoleCredentials(
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
            session_token=given["SessionToken"],
        )


def _describe_error(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return str(error)
