"""The addresses of the tasks of one revision of a service: the decision, and the calls that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lambdas.rollout.errors import RolloutError

_MOST_DESCRIBED = 100
"""What DescribeTasks takes."""


class RevisionTasks:
    """Asks ECS for the tasks of a revision."""

    def __init__(self, client: Any) -> None:
        """`client` is boto3's or botocore's for ECS."""
        self._client = client

    def authorities(self, service_arn: str, revision_arn: str, port: int) -> tuple[str, ...]:
        """`host:port` of each running task of a revision; raises RolloutError without any."""
        cluster, service = _names(service_arn)
        described = self._client.describe_service_revisions(serviceRevisionArns=[revision_arn])
        revisions = described.get("serviceRevisions") or ()
        if not revisions:
            raise RolloutError(f"ECS knows no service revision `{revision_arn}`")
        return authorities(self._tasks(cluster, service), revisions[0], port)

    def _tasks(self, cluster: str, service: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_tasks").paginate(
            cluster=cluster, serviceName=service, desiredStatus="RUNNING"
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
        for start in range(0, len(arns), _MOST_DESCRIBED):
            chunk = arns[start : start + _MOST_DESCRIBED]
            yield from self._client.describe_tasks(cluster=cluster, tasks=chunk)["tasks"]


def authorities(
    tasks: Iterable[Mapping[str, Any]], revision: Mapping[str, Any], port: int
) -> tuple[str, ...]:
    """`host:port` of each running task of a revision, as ECS describes both; raises RolloutError without any.

    A task says which deployment started it by the number that its revision ends in. Where none says this one,
    all of the revision's task definition are asked: there may be some of an older revision among them.
    """
    definition = revision["taskDefinition"]
    running = [
        task for task in tasks if task["taskDefinitionArn"] == definition and task["lastStatus"] == "RUNNING"
    ]
    started = f"ecs-svc/{str(revision['serviceRevisionArn']).rpartition('/')[2]}"
    own = [task for task in running if task.get("startedBy") == started]
    chosen = own or running
    if not chosen:
        raise RolloutError(
            f"no task of `{definition}` runs, so nothing could be asked",
            hint="a service with a desired count of 0 proves nothing",
        )
    return tuple(_authority(task, port) for task in chosen)


def _authority(task: Mapping[str, Any], port: int) -> str:
    """Its own address, with `awsvpc`; else the port of the host that stands for its own."""
    containers: Sequence[Mapping[str, Any]] = task.get("containers") or ()
    for container in containers:
        for binding in container.get("networkBindings") or ():
            if binding.get("containerPort") == port and binding.get("bindIP"):
                return f"{binding['bindIP']}:{binding.get('hostPort', port)}"
    for container in containers:
        for interface in container.get("networkInterfaces") or ():
            if interface.get("privateIpv4Address"):
                return f"{interface['privateIpv4Address']}:{port}"
    raise RolloutError(f"ECS says no address of the task `{task.get('taskArn')}`")


def _names(service_arn: str) -> tuple[str, str]:
    """Cluster and service of `arn:...:service/<cluster>/<service>`."""
    parts = service_arn.rpartition(":")[2].split("/")
    if len(parts) != 3:
        raise RolloutError(f"`{service_arn}` does not name a cluster and a service")
    return parts[1], parts[2]
