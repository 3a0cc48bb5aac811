"""Replaces the tasks of a service, so that they start with the new value of a secret. The edge to ECS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

logger = Logger(service="rotation", child=True)

_NOT_THERE = frozenset({"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"})


class TaskRestart:
    """Opens a deployment of what a service runs already: ECS starts new tasks before it stops the old ones.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """

    def __init__(self, connect: Callable[[], Any], cluster: str) -> None:
        """`connect` makes a botocore client of `ecs`, which few rotations need."""
        self._connect = connect
        self._cluster = cluster

    def __call__(self, service: str) -> None:
        """Replace the tasks of `service`; one that is not deployed has none. Raises ClientError."""
        try:
            self._connect().update_service(cluster=self._cluster, service=service, forceNewDeployment=True)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_THERE:
                raise
            logger.info("no tasks to replace", ecs_service=service)
        else:
            logger.info("tasks are replaced", ecs_service=service)
