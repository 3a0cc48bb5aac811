"""The keys with which the background process signs: for itself, and as the AWS services that it plays."""

from __future__ import annotations

from typing import Any

from sandbox.cloud.access.keys import AccessKey, make_access_key
from sandbox.cloud.authorization.middleware import EMULATOR
from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.tasks.environment import TaskRoleCredentials

LAMBDA, TASKS = "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"


class ServiceKeys:
    """One key for each AWS service that does something in a customer's account, made up at each start."""

    def __init__(self) -> None:
        self._keys = {service: make_access_key() for service in (EMULATOR, LAMBDA, TASKS)}
        self.services = {key.id: service for service, key in self._keys.items()}
        """The service of each access key."""

    def key(self, service: str = EMULATOR) -> AccessKey:
        """The key of a service; of the emulator itself, whose requests are not judged, if none is named."""
        return self._keys[service]

    def secret(self, access_key: str) -> str | None:
        """The secret of one of these keys; None for any other."""
        service = self.services.get(access_key)
        return None if service is None else self._keys[service].secret


def task_injector(aws: EmulatorClients) -> Any:
    """Fetches for tasks as ECS does: assumes their roles as itself (`aws`), and reads secrets with those."""
    from sandbox.cloud.tasks.injection import Injector  # noqa: PLC0415 - botocore, before the host is ready

    def as_role(service: str, given: TaskRoleCredentials) -> Any:
        key = AccessKey(id=given.access_key_id, secret=given.secret_access_key)
        return aws.with_session(service, key, given.session_token)

    return Injector(aws, as_role)
