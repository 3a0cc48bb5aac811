"""The health of one task, as a value that changes with each probe.

A starting task is probed often and has its start period (or the service's grace period, if longer) plus
`retries` intervals to become healthy. A healthy one becomes unhealthy after `retries` failures in a row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.tasks.phase import Phase

FAST_INTERVAL = 0.1
"""Seconds between the probes of a starting task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHealth:
    """A task's phase, when it last became healthy, and how many probes in a row have failed."""

    phase: Phase = Phase.STARTING
    started_at: float
    healthy_since: float | None = None
    failures: int = 0
    detail: str = ""

    def healthy_for(self, now: float) -> float:
        """Seconds since it became healthy; 0 when it never did."""
        return 0.0 if self.healthy_since is None else now - self.healthy_since


def observe(
    health: TaskHealth, failure: str | None, check: HealthCheck, *, grace: float, now: float
) -> TaskHealth:
    """The health after one more probe; `failure` None means that the probe succeeded."""
    if failure is None:
        since = health.healthy_since if health.phase is Phase.HEALTHY else now
        return replace(health, phase=Phase.HEALTHY, healthy_since=since, failures=0, detail="")
    failed = replace(health, failures=health.failures + 1, detail=failure)
    if health.phase is Phase.STARTING:
        expired = now - health.started_at >= startup_seconds(check, grace)
    else:
        expired = failed.failures >= check.retries
    return replace(failed, phase=Phase.UNHEALTHY) if expired else failed


def startup_seconds(check: HealthCheck, grace: float) -> float:
    """Seconds that a task has to become healthy before it counts as failed."""
    return max(check.start_period, grace) + check.retries * check.interval


def next_probe(health: TaskHealth, check: HealthCheck) -> float:
    """Seconds until the next probe."""
    return check.interval if health.phase is Phase.HEALTHY else min(FAST_INTERVAL, check.interval)
