"""Waits for the end of service deployments, as long as they may take, and says how they ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cli.deployment.delivering.following import EVERY_SECONDS, Follower, describe
from cli.deployment.delivering.service_deployments import EcsDeployment
from cli.errors import CliError, TimedOutError
from cli.exit_codes import ExitCode
from components.containers.deployment_plan import START_MINUTES, DeploymentPlan


class RolledBackError(CliError):
    """ECS did not take a new revision over."""

    exit_code = ExitCode.ROLLED_BACK

    def __init__(self, found: EcsDeployment) -> None:
        super().__init__(
            f"the deployment of `{found.service}` was not taken over: {found.status}: "
            f"{found.reason or 'ECS gives no reason'}",
            hint="`myelin logs` and `myelin alarms` may say more; the release before serves",
        )


class NothingBegunError(CliError):
    """ECS lists no deployment of a service that was to be deployed."""

    def __init__(self, services: Sequence[str]) -> None:
        super().__init__(
            f"ECS began no deployment of {', '.join(f'`{name}`' for name in services)}",
            hint="`myelin status` says what runs",
        )


def budget_seconds(plan: DeploymentPlan, time_scale: float) -> float:
    """How long a deployment may take: its start, and steps, bake and pauses at AWS's pace here."""
    return START_MINUTES * 60 + (plan.minutes - START_MINUTES) * 60 / time_scale


def await_end(
    follower: Follower,
    services: Sequence[str],
    *,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[EcsDeployment, ...]:
    """The deployments of these services once their new revisions have all traffic.

    Raises RolledBackError, NothingBegunError, or TimedOutError after `seconds`.
    """
    deadline = clock() + seconds
    while True:
        found = follower.look()
        under_way = [one for one in found if one.under_way]
        begun = {one.service for one in found}
        if not under_way and begun >= set(services):
            for one in found:
                if not one.serves:
                    raise RolledBackError(one)
            return found
        if clock() >= deadline:
            if not under_way:
                raise NothingBegunError([name for name in services if name not in begun])
            raise TimedOutError(
                f"not at its end after {seconds:.0f} s: {describe(under_way[0])}",
                hint="ECS goes on with it; `myelin release abort` takes it back, `myelin status` shows it",
            )
        sleep(EVERY_SECONDS)
