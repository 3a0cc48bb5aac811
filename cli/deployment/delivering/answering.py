"""Ends pauses of deployments, and takes deployments back: only ECS is needed, and no lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from cli.deployment.delivering.service_deployments import EcsDeployment, newest_deployment
from cli.errors import CliError, TimedOutError

LONGEST_SECONDS = 600.0
_PAUSE = 0.1
_HINT = "`myelin status` shows what is deployed; `myelin release rollback --to N` goes back to a release"


class NothingToAnswerError(CliError):
    """No deployment waits for what is asked."""

    def __init__(self, environment: str, found: str) -> None:
        super().__init__(f"no deployment in `{environment}` {found}; nothing was changed", hint=_HINT)


def under_way(ecs: Any, cluster: str, services: Iterable[str]) -> tuple[EcsDeployment, ...]:
    """The deployments of these services that have not ended."""
    newest = (newest_deployment(ecs, cluster, service) for service in services)
    return tuple(found for found in newest if found is not None and found.under_way)


def end_pauses(ecs: Any, found: Iterable[EcsDeployment], *, go_on: bool) -> tuple[str, ...]:
    """Let paused deployments go on, or roll back; the services whose pause was ended."""
    ended: list[str] = []
    for one in found:
        for pause in one.pauses:
            ecs.continue_service_deployment(
                serviceDeploymentArn=one.arn, hookId=pause.id, action="CONTINUE" if go_on else "ROLLBACK"
            )
            ended.append(one.service)
    return tuple(dict.fromkeys(ended))


def take_back(ecs: Any, found: Iterable[EcsDeployment]) -> tuple[str, ...]:
    """Have ECS roll deployments back (StopServiceDeployment); the services of those."""
    services: list[str] = []
    for one in found:
        if one.status in ("PENDING", "IN_PROGRESS"):
            ecs.stop_service_deployment(serviceDeploymentArn=one.arn, stopType="ROLLBACK")
        services.append(one.service)
    return tuple(services)


def await_back(
    look: Callable[[], tuple[EcsDeployment, ...]],
    *,
    seconds: float = LONGEST_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return once none is under way; raises TimedOutError after `seconds`."""
    deadline = clock() + seconds
    while found := look():
        if clock() >= deadline:
            named = ", ".join(f"`{one.service}` ({one.status} at {one.stage})" for one in found)
            raise TimedOutError(
                f"not rolled back after {seconds:g} s: {named}",
                hint="ECS goes on with it; `myelin status` shows it",
            )
        sleep(_PAUSE)
