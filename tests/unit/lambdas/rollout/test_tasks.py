"""Which tasks of a service are those of a revision, and where each is asked. DEL-4."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.rollout.errors import RolloutError
from lambdas.rollout.tasks import RevisionTasks, authorities

ARN = "arn:aws:ecs:us-east-1:111122223333"
SERVICE = f"{ARN}:service/dev/axon"
REVISION = {"serviceRevisionArn": f"{ARN}:service-revision/dev/axon/42", "taskDefinition": "axon:2"}


def task(
    number: int, *, definition: str = "axon:2", by: str = "42", status: str = "RUNNING"
) -> dict[str, Any]:
    return {
        "taskArn": f"task/{number}",
        "taskDefinitionArn": definition,
        "lastStatus": status,
        "startedBy": f"ecs-svc/{by}",
        "containers": [{"networkInterfaces": [{"privateIpv4Address": f"10.0.64.{number}"}]}],
    }


def test_tasks_of_the_revision_alone() -> None:
    """Neither those of another definition, nor those that do not run."""
    tasks = [task(1), task(2), task(3, definition="axon:1", by="41"), task(4, status="PENDING")]
    assert authorities(tasks, REVISION, 8081) == ("10.0.64.1:8081", "10.0.64.2:8081")


def test_a_deployment_of_the_same_definition_again() -> None:
    """Who started a task tells the new ones; where nobody says it, all of the definition are asked."""
    assert authorities([task(1, by="41"), task(2)], REVISION, 8081) == ("10.0.64.2:8081",)
    assert len(authorities([task(1, by="41"), task(2, by="")], REVISION, 8081)) == 2


def test_a_port_of_the_host_stands_for_the_tasks_own() -> None:
    """Where a task has no address of its own, ECS says which port of its host leads to it."""
    bound = task(1)
    bound["containers"] = [
        {"networkBindings": [{"bindIP": "127.0.0.1", "containerPort": 8081, "hostPort": 40001}]}
    ]
    assert authorities([bound], REVISION, 8081) == ("127.0.0.1:40001",)


def test_no_task_proves_nothing() -> None:
    """A desired count of 0 is a failure here, where ECS would call it a success."""
    with pytest.raises(RolloutError) as caught:
        authorities([], REVISION, 8081)
    assert "no task of `axon:2` runs" in caught.value.message


def test_a_task_without_address() -> None:
    """It is named."""
    with pytest.raises(RolloutError) as caught:
        authorities([{**task(1), "containers": []}], REVISION, 8081)
    assert caught.value.message == "ECS says no address of the task `task/1`"


class Ecs:
    """As botocore's client, for the three calls that are made."""

    def __init__(self, tasks: list[dict[str, Any]], revisions: list[dict[str, Any]]) -> None:
        self.tasks, self.revisions = tasks, revisions
        self.described: list[int] = []

    def describe_service_revisions(self, **arguments: Any) -> Any:
        assert arguments == {"serviceRevisionArns": [REVISION["serviceRevisionArn"]]}
        return {"serviceRevisions": self.revisions}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_tasks"
        return self

    def paginate(self, **arguments: Any) -> Any:
        assert arguments == {"cluster": "dev", "serviceName": "axon", "desiredStatus": "RUNNING"}
        return [{"taskArns": [one["taskArn"] for one in self.tasks]}]

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> Any:
        assert cluster == "dev"
        self.described.append(len(tasks))
        return {"tasks": [one for one in self.tasks if one["taskArn"] in tasks]}


def test_ecs_is_asked_for_all_of_them() -> None:
    """A hundred at once, as DescribeTasks takes them."""
    client = Ecs([task(number) for number in range(101)], [REVISION])
    found = RevisionTasks(client).authorities(SERVICE, REVISION["serviceRevisionArn"], 8081)
    assert (len(found), client.described) == (101, [100, 1])


def test_a_revision_that_ecs_does_not_know() -> None:
    """Nothing is guessed of it."""
    with pytest.raises(RolloutError) as caught:
        RevisionTasks(Ecs([], [])).authorities(SERVICE, REVISION["serviceRevisionArn"], 8081)
    assert "ECS knows no service revision" in caught.value.message


def test_an_arn_without_a_cluster() -> None:
    """The short form of an ARN does not say where to look."""
    with pytest.raises(RolloutError):
        RevisionTasks(Ecs([], [REVISION])).authorities(f"{ARN}:service/axon", "x", 8081)
