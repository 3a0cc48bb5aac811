"""The container definition of a service's tasks. ECS-3.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from components.manifest import ServiceDeclaration

USER = "10001:10001"
"""User and group that the images run as: not root."""
STOP_TIMEOUT = 30
"""Seconds between SIGTERM and SIGKILL, in which requests in progress are finished."""
PROXY_MEMORY = 64
"""MiB that AWS recommends to leave for the Service Connect proxy in each task."""
SCRATCH = "scratch"
"""The one writable volume, mounted at /tmp, because the root file system is read-only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerInputs:
    """The parts of a container definition that the declaration does not have.

    `environment` has values by variable, `secrets` ARNs by the declared name of the secret.
    """

    image: str
    log_group: str
    region: str
    environment: Mapping[str, str]
    secrets: Mapping[str, str]


def container_definitions(service: ServiceDeclaration, inputs: ContainerInputs) -> str:
    """The task's one container as the JSON text that ECS takes; equal inputs give equal text."""
    definition = {
        "name": service.name,
        "image": inputs.image,
        "essential": True,
        "cpu": service.cpu,
        "memory": service.memory - PROXY_MEMORY,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": SCRATCH, "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
        "portMappings": [
            {
                "name": service.name,
                "containerPort": service.port,
                "hostPort": service.port,
                "protocol": "tcp",
                "appProtocol": "http",
            }
        ],
        "environment": [{"name": name, "value": value} for name, value in sorted(inputs.environment.items())],
        "secrets": [
            {"name": service.secret_variable(secret), "valueFrom": inputs.secrets[secret]}
            for secret in sorted(service.secrets)
        ],
        "healthCheck": {
            "command": health_command(service),
            "interval": service.health.interval,
            "timeout": service.health.timeout,
            "retries": service.health.retries,
            "startPeriod": service.health.start_period,
        },
        "stopTimeout": STOP_TIMEOUT,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": inputs.log_group,
                "awslogs-region": inputs.region,
                "awslogs-stream-prefix": service.name,
                # a slow log endpoint must not stop the service
                "mode": "non-blocking",
                "max-buffer-size": "4m",
            },
        },
    }
    return json.dumps([definition])


def health_command(service: ServiceDeclaration) -> list[str]:
    """The command of the container's health check; the images have Python but no curl.

    The request gets a second less than the check, so that the interpreter can start.
    """
    url = f"http://127.0.0.1:{service.port}{service.health.path}"
    timeout = service.health.timeout - 1
    return [
        "CMD",
        "python",
        "-c",
        f"import urllib.request; urllib.request.urlopen('{url}', timeout={timeout})",
    ]
