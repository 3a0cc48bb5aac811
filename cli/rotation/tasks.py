"""Which tasks of a service have a version of a secret, by what ECS and the services' own logs say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LOADED = "signing key loaded"
"""What the kit writes when it has read another version of a signing key, with `key_version`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTask:
    """A task that runs, and since when."""

    id: str
    created_at: datetime


class ServiceTasks:
    """The tasks of the services of one cluster."""

    def __init__(self, ecs: Any, logs: Any, cluster: str) -> None:
        """`ecs` and `logs` are clients of those services."""
        self._ecs = ecs
        self._logs = logs
        self._cluster = cluster

    def running(self, service: str) -> tuple[RunningTask, ...]:
        """The tasks that ECS runs for a service, and is not about to stop."""
        pages = self._ecs.get_paginator("list_tasks").paginate(
            cluster=self._cluster, serviceName=service, desiredStatus="RUNNING"
        )
        arns = [str(arn) for page in pages for arn in page["taskArns"]]
        found: list[RunningTask] = []
        for first in range(0, len(arns), 100):
            described = self._ecs.describe_tasks(cluster=self._cluster, tasks=arns[first : first + 100])
            found += (
                RunningTask(id=str(task["taskArn"]).rpartition("/")[2], created_at=task["createdAt"])
                for task in described["tasks"]
                if task.get("desiredStatus", "RUNNING") == "RUNNING"
            )
        return tuple(found)

    def primary(self, service: str) -> Mapping[str, Any]:
        """The newest deployment of a service, as ECS describes it; empty if there is none."""
        found = self._ecs.describe_services(cluster=self._cluster, services=[service])["services"]
        deployments = found[0].get("deployments", ()) if found else ()
        return next((each for each in deployments if each.get("status") == "PRIMARY"), {})

    def have_loaded(self, log_group: str, version: str, since_ms: int) -> frozenset[str]:
        """The ids of the tasks whose log says that they have read a version of a signing key."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=log_group, startTime=since_ms, filterPattern=f'"{version}"'
        )
        events = (event for page in pages for event in page["events"])
        return frozenset(
            str(event["logStreamName"]).rpartition("/")[2]
            for event in events
            if _says_loaded(str(event["message"]), version)
        )


def _says_loaded(message: str, version: str) -> bool:
    try:
        record = json.loads(message)
    except ValueError:
        return False
    if not isinstance(record, dict):
        return False
    return record.get("message") == LOADED and record.get("key_version") == version
