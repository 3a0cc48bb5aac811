"""Task definitions as values: image, environment, secrets, ports, log group and health check of one task."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

_URL = re.compile(r"""https?://[^\s/"'|;)]+(?P<path>/[^\s"'|;)]*)?""")
_FARGATE_STOP_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """How a task is probed; times in seconds.

    Without a `path` a TCP connection is enough, and without a port that the process is alive. The defaults
    are those of a container health check:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    path: str | None = None
    interval: float = 30.0
    timeout: float = 5.0
    retries: int = 3
    start_period: float = 0.0
    statuses: tuple[tuple[int, int], ...] = ((200, 399),)

    def accepts(self, status: int) -> bool:
        """Whether an HTTP status counts as healthy."""
        return any(low <= status <= high for low, high in self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """An environment variable whose value is a secret: its Secrets Manager ARN, with optional suffixes."""

    name: str
    value_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTarget:
    """Where the awslogs driver writes: group and stream prefix."""

    group: str
    stream_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortMapping:
    """A container port, and its name in Service Connect."""

    name: str | None
    container_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    """The parts of a task definition that decide what runs.

    The sandbox runs one container of a task, the essential one that has a port, otherwise the first; and
    those that it depends on, which are `others`. `left_out` names all that do not run.
    """

    arn: str
    container: str
    image: str
    environment: tuple[tuple[str, str], ...] = ()
    secrets: tuple[SecretReference, ...] = ()
    ports: tuple[PortMapping, ...] = ()
    log: LogTarget | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    stop_timeout: float = _FARGATE_STOP_TIMEOUT
    health: HealthCheck | None = None
    memory_mib: int = 0
    """Of the whole task; 0 where the definition does not say."""
    others: tuple[TaskDefinition, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`family:revision`."""
        return self.arn.rpartition("/")[2]

    @property
    def further_ports(self) -> tuple[int, ...]:
        """The container ports of all its containers, without the first of the main one."""
        all_ports = [port.container_port for one in (self, *self.others) for port in one.ports]
        return tuple(all_ports[1:] if self.ports else all_ports)

    def container_port(self, name: str | None) -> int | None:
        """The container port with this name, the first one if `name` is None; None if there is none."""
        return next((port.container_port for port in self.ports if name in (None, port.name)), None)


def parse_task_definition(described: Mapping[str, Any]) -> TaskDefinition:
    """Read the `taskDefinition` of a DescribeTaskDefinition response."""
    containers: Sequence[Mapping[str, Any]] = described["containerDefinitions"]
    main = next(
        (found for found in containers if found.get("essential", True) and found.get("portMappings")),
        containers[0],
    )
    needed = {found["containerName"] for found in main.get("dependsOn", ())}
    running = [found for found in containers if found is main or found["name"] in needed]
    return replace(
        _container(described, main),
        others=tuple(_container(described, found) for found in running if found is not main),
        left_out=tuple(found["name"] for found in containers if found not in running),
    )


def _container(described: Mapping[str, Any], main: Mapping[str, Any]) -> TaskDefinition:
    """One container, as a task of its own."""
    return TaskDefinition(
        arn=described["taskDefinitionArn"],
        container=main["name"],
        image=main["image"],
        environment=tuple((item["name"], item.get("value", "")) for item in main.get("environment", ())),
        secrets=tuple(
            SecretReference(name=item["name"], value_from=item["valueFrom"])
            for item in main.get("secrets", ())
        ),
        ports=tuple(
            PortMapping(name=item.get("name"), container_port=int(item["containerPort"]))
            for item in main.get("portMappings", ())
        ),
        log=_log_target(main),
        task_role_arn=described.get("taskRoleArn") or None,
        execution_role_arn=described.get("executionRoleArn") or None,
        stop_timeout=float(main.get("stopTimeout") or _FARGATE_STOP_TIMEOUT),
        health=_health_check(main.get("healthCheck")),
        memory_mib=int(described.get("memory") or 0),
    )


def _log_target(container: Mapping[str, Any]) -> LogTarget | None:
    configuration = container.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    if configuration.get("logDriver") != "awslogs" or "awslogs-group" not in options:
        return None
    return LogTarget(
        group=options["awslogs-group"], stream_prefix=options.get("awslogs-stream-prefix", "ecs")
    )


def _health_check(described: Mapping[str, Any] | None) -> HealthCheck | None:
    if not described or not described.get("command") or described["command"][0] == "NONE":
        return None
    return HealthCheck(
        path=url_path(" ".join(described["command"])),
        interval=float(described.get("interval") or 30),
        timeout=float(described.get("timeout") or 5),
        retries=int(described.get("retries") or 3),
        start_period=float(described.get("startPeriod") or 0),
    )


def url_path(command: str) -> str | None:
    """Path and query of the first http(s) URL in a health check command; None if it has no URL."""
    found = _URL.search(command)
    return (found["path"] or "/") if found else None


def parse_target_group(described: Mapping[str, Any], container: HealthCheck | None) -> HealthCheck | None:
    """Combine a target group's health check with the container's own.

    The path is the target group's. The times are the container's if it has a check, because ECS replaces a
    task that fails it. Where the target group checks no HTTP path, the container's check is given back.
    """
    path = described.get("HealthCheckPath")
    if not path or described.get("HealthCheckEnabled") is False:
        return container
    statuses = parse_matcher((described.get("Matcher") or {}).get("HttpCode", "200"))
    if container is not None:
        return HealthCheck(
            path=path,
            interval=container.interval,
            timeout=container.timeout,
            retries=container.retries,
            start_period=container.start_period,
            statuses=statuses,
        )
    return HealthCheck(
        path=path,
        interval=float(described.get("HealthCheckIntervalSeconds") or 30),
        timeout=float(described.get("HealthCheckTimeoutSeconds") or 5),
        retries=int(described.get("UnhealthyThresholdCount") or 2),
        statuses=statuses,
    )


def parse_matcher(codes: str) -> tuple[tuple[int, int], ...]:
    """The ranges of status codes in a target group's matcher: `200`, `200,202` or `200-299`."""
    ranges = []
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        ranges.append((int(low), int(high or low)))
    return tuple(ranges)
