"""Follows deployments of services while they are under way, and says what each waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.delivering.service_deployments import PAUSED, EcsDeployment, newest_deployment
from cli.terminal.progress import Screen

EVERY_SECONDS = 0.5
_WAITS = {
    "": "waits for ECS to begin",
    "RECONCILE_SERVICE": "waits for an earlier deployment to be taken back",
    "PRE_SCALE_UP": "begins",
    "SCALE_UP": "waits for healthy tasks",
    "POST_SCALE_UP": "has its tasks",
    "TEST_TRAFFIC_SHIFT": "shifts the test traffic",
    "POST_TEST_TRAFFIC_SHIFT": "is tested",
    "PRODUCTION_TRAFFIC_SHIFT": "shifts the traffic",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "has the traffic",
    "BAKE_TIME": "bakes: both revisions run, and alarms are watched",
    "CLEAN_UP": "waits for the old tasks to end",
}


def describe(found: EcsDeployment, *, bake_left: float | None = None) -> str:
    """What a deployment waits for, in one line; `bake_left` in minutes."""
    parts = [f"{found.service}: {found.strategy.lower()}", found.status.lower().replace("_", " ")]
    if found.under_way:
        parts.append(_WAITS.get(found.stage, found.stage) if found.status == "IN_PROGRESS" else found.stage)
        if bake_left is not None:
            parts.append(f"{bake_left:.3g} min left")
    if found.share is not None:
        parts.append(f"{found.share:g} % of the traffic on the new revision")
    parts.append(f"{found.running} of {found.requested} new tasks run")
    if found.failures:
        parts.append(f"{found.failures} failed")
    for hook in found.hooks:
        if hook.status == PAUSED:
            parts.append(f"paused: `myelin release continue {found.service}` or `abort` ends that")
        elif hook.status not in ("SUCCEEDED",):
            parts.append(f"hook {hook.function} {hook.status.lower().replace('_', ' ')}")
    if found.red:
        parts.append(f"red: {', '.join(found.red)}")
    if found.reason:
        parts.append(found.reason)
    return ", ".join(part for part in parts if part)


class Follower:
    """Looks at the newest deployments of services, and tells what changed of them."""

    def __init__(
        self,
        ecs: Any,
        cluster: str,
        services: Sequence[str],
        tell: Callable[[str], None],
        *,
        time_scale: float = 1.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`tell` gets a line; in one second of `clock`, `time_scale` seconds of AWS pass."""
        self._ecs, self._cluster, self._services = ecs, cluster, services
        self._tell, self._time_scale, self._clock = tell, time_scale, clock
        self._told: dict[str, str] = {}
        self._baking: dict[str, float] = {}
        self._before = {service: self._arn(service) for service in services}

    def look(self) -> tuple[EcsDeployment, ...]:
        """Look once; the deployments that began since the follower was made."""
        found = []
        for service in self._services:
            newest = newest_deployment(self._ecs, self._cluster, service)
            if newest is None or newest.arn == self._before[service]:
                continue
            found.append(newest)
            line = describe(newest)
            if self._told.get(service) != line:
                self._told[service] = line
                self._tell(describe(newest, bake_left=self._bake_left(newest)))
        return tuple(found)

    def _bake_left(self, found: EcsDeployment) -> float | None:
        if found.stage != "BAKE_TIME" or found.status != "IN_PROGRESS" or not found.bake_minutes:
            return None
        began = self._baking.setdefault(found.arn, self._clock())
        return max(0.0, found.bake_minutes - (self._clock() - began) * self._time_scale / 60)

    def _arn(self, service: str) -> str:
        newest = newest_deployment(self._ecs, self._cluster, service)
        return newest.arn if newest else ""


@contextmanager
def followed(follower: Follower, screen: Screen, *, every: float = EVERY_SECONDS) -> Iterator[None]:
    """While the block lasts, look again and again; what fails here fails where it is waited for, too."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            try:
                follower.look()
            except (ClientError, BotoCoreError, LookupError) as error:
                screen.stage(f"the deployment cannot be looked at: {error}")
                return

    thread = threading.Thread(target=watch, name="following", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
