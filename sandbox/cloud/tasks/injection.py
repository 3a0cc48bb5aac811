"""Fetches a task's secrets and the credentials of its role, as ECS does before it starts the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.tasks.environment import SecretAddress, TaskRoleCredentials
from sandbox.cloud.tasks.errors import ResourceInitializationError

AsRole = Callable[[str, TaskRoleCredentials], Any]
"""Gives a boto3 client by service name that signs with the credentials of a role."""


class Injector:
    """Calls Secrets Manager and STS; every method blocks."""

    def __init__(self, aws: Callable[[str], Any], as_role: AsRole | None = None) -> None:
        """`aws` gives a boto3 client by service name; without `as_role` it fetches secrets, too."""
        self._aws = aws
        self._as_role = as_role

    def secrets(self, definition: TaskDefinition, task_id: str) -> Mapping[str, str]:
        """The secrets of a task definition by variable name, fetched with its execution role.

        Raises ResourceInitializationError.
        """
        if not definition.secrets:
            return {}
        client = self._secrets_manager(definition.execution_role_arn, task_id)
        return {
            reference.name: self._secret(client, reference.value_from) for reference in definition.secrets
        }

    def _secrets_manager(self, role: str | None, task_id: str) -> Any:
        if self._as_role is None or role is None:
            return self._aws("secretsmanager")
        return self._as_role("secretsmanager", self._assume("execution role", role, task_id))

    def _secret(self, client: Any, value_from: str) -> str:
        address = SecretAddress.parse(value_from)
        arguments = {"SecretId": address.arn}
        if address.version_stage:
            arguments["VersionStage"] = address.version_stage
        if address.version_id:
            arguments["VersionId"] = address.version_id
        try:
            answer = client.get_secret_value(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise ResourceInitializationError(
                f"unable to pull secrets: `{address.arn}`: {_describe_error(error)}"
            ) from error
        if "SecretString" not in answer:
            raise ResourceInitializationError(f"unable to pull secrets: `{address.arn}` has no SecretString")
        return address.extract(answer["SecretString"])

    def credentials(self, definition: TaskDefinition, task_id: str) -> TaskRoleCredentials | None:
        """Assume the task role; None if the definition has none. Raises ResourceInitializationError."""
        role = definition.task_role_arn
        return None if role is None else self._assume("task role", role, task_id)

    def _assume(self, kind: str, role: str, task_id: str) -> TaskRoleCredentials:
        try:
            answer = self._aws("sts").assume_role(RoleArn=role, RoleSessionName=task_id)
        except (ClientError, BotoCoreError) as error:
            raise ResourceInitializationError(
                f"unable to assume the {kind} `{role}`: {_describe_error(error)}"
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
