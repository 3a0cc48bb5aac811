"""The keys with which the background process signs, and what ECS fetches with them."""

from __future__ import annotations

from typing import Any

from sandbox.cloud.authorization.middleware import EMULATOR
from sandbox.cloud.ecs.definition import SecretReference, TaskDefinition
from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.host.service_keys import LAMBDA, TASKS, ServiceKeys, task_injector
from tests.support.access.keys import ANY_KEY

ROLE = "arn:aws:iam::123456789012:role/dev-axon-execution"


def test_each_service_has_a_key_of_its_own() -> None:
    """They are told apart by it, and known by nothing else."""
    keys = ServiceKeys()
    assert {keys.services[keys.key(service).id] for service in (EMULATOR, LAMBDA, TASKS)} == {
        EMULATOR,
        LAMBDA,
        TASKS,
    }
    assert keys.secret(keys.key(TASKS).id) == keys.key(TASKS).secret
    assert keys.secret("AKIAOTHER") is None


class PlayedClients(EmulatorClients):
    """Clients that remember who asked for what."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "us-east-1", ANY_KEY)
        self.asked: list[str] = []

    def __call__(self, service: str) -> Any:
        self.asked.append(f"as ECS: {service}")
        return self

    def with_session(self, service: str, key: Any, token: str) -> Any:
        self.asked.append(f"as {key.id} with {token}: {service}")
        return self

    def assume_role(self, **arguments: str) -> dict[str, Any]:
        self.asked.append(f"{arguments['RoleArn']} as {arguments['RoleSessionName']}")
        return {"Credentials": {"AccessKeyId": "ASIA1", "SecretAccessKey": "s", "SessionToken": "t"}}

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return {"SecretString": "open"}


def test_secrets_are_fetched_with_the_execution_role() -> None:
    """IAM-1: as on AWS, it is that role that has to be allowed to; without secrets nothing is asked."""
    secret = SecretReference(name="KEY", value_from="arn:aws:secretsmanager:us-east-1:1:secret:k-AbCdEf")
    definition = TaskDefinition(
        arn="a/b:1", container="c", image="i", secrets=(secret,), execution_role_arn=ROLE
    )
    clients = PlayedClients()
    assert task_injector(clients).secrets(definition, "task1") == {"KEY": "open"}
    assert clients.asked == ["as ECS: sts", f"{ROLE} as task1", "as ASIA1 with t: secretsmanager"]
    assert (
        task_injector(PlayedClients()).secrets(TaskDefinition(arn="a", container="c", image="i"), "t") == {}
    )
