"""The container definition of a service's tasks. ECS-3.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.declarations import CALLS_PORT, GATE, GATE_TOKEN, ServiceDeclaration

USER = "10001:10001"
"""User and group that the images run as: not root."""
STOP_TIMEOUT = 30
"""Seconds between SIGTERM and SIGKILL, in which requests in progress are finished."""
PROXY_MEMORY = 64
"""MiB that AWS recommends to leave for the Service Connect proxy in each task."""
GATE_MEMORY = 128
"""MiB of the gate; it takes about 70."""
GATE_COMMAND = ["services.gate.app:build"]
"""What the gate's image runs: by default an image runs the service of its task."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """The image and the variables of the gate that stands before a service."""

    image: str
    environment: Mapping[str, str]


def container_definitions(
    service: ServiceDeclaration, inputs: ContainerInputs, gate: GateInputs | None = None
) -> str:
    """The task's containers as the JSON text that ECS takes; equal inputs give equal text.

    With a gate it stands first, and has the service's port. The application is started before it and stopped
    after it, so that what the gate has admitted is answered.
    """
    memory = service.memory - PROXY_MEMORY
    if gate is None:
        alone = _container(service.name, inputs.image, inputs, service.injected_secrets, service)
        return json.dumps(
            [
                alone
                | {"cpu": service.cpu, "memory": memory}
                | _ports((service.name, service.port))
                | _environment(inputs.environment)
                | _health_check(service, service.health.path)
            ]
        )
    before = _container(GATE, gate.image, inputs, [GATE_TOKEN], service)
    behind = _container(service.name, inputs.image, inputs, service.injected_secrets, service)
    cpu = service.cpu // 4
    return json.dumps(
        [
            before
            # it writes no file, and shares none with the application
            | {"cpu": cpu, "memory": GATE_MEMORY, "command": GATE_COMMAND, "mountPoints": []}
            | _ports((service.name, service.port), ("calls", CALLS_PORT))
            | _environment(gate.environment)
            | _health_check(service, "/health")
            | {"dependsOn": [{"containerName": service.name, "condition": "START"}]},
            behind
            | {"cpu": service.cpu - cpu, "memory": memory - GATE_MEMORY}
            | _ports(("application", service.own_port))
            | _environment(inputs.environment),
        ]
    )


def _container(
    name: str, image: str, inputs: ContainerInputs, secrets: Iterable[str], service: ServiceDeclaration
) -> dict[str, Any]:
    """What all containers have in common."""
    return {
        "name": name,
        "image": image,
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": SCRATCH, "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
        "secrets": [
            {"name": service.secret_variable(secret), "valueFrom": inputs.secrets[secret]}
            for secret in sorted(secrets)
        ],
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


def _ports(*named: tuple[str, int]) -> dict[str, Any]:
    """Port mappings. In a task's own network they open nothing: the security group does."""
    return {
        "portMappings": [
            {
                "name": name,
                "containerPort": port,
                "hostPort": port,
                "protocol": "tcp",
                "appProtocol": "http",
            }
            for name, port in named
        ]
    }


def _environment(variables: Mapping[str, str]) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in sorted(variables.items())]}


def _health_check(service: ServiceDeclaration, path: str) -> dict[str, Any]:
    return {
        "healthCheck": {
            "command": health_command(service, path),
            "interval": service.health.interval,
            "timeout": service.health.timeout,
            "retries": service.health.retries,
            "startPeriod": service.health.start_period,
        }
    }


def health_command(service: ServiceDeclaration, path: str) -> list[str]:
    """The command of the container's health check; the images of kit and gate have Python but no curl.

    The request gets a second less than the check, so that the interpreter can start.
    """
    url = f"http://127.0.0.1:{service.port}{path}"
    timeout = service.health.timeout - 1
    return [
        "CMD",
        "python",
        "-c",
        f"import urllib.request; urllib.request.urlopen('{url}', timeout={timeout})",
    ]
