"""Deployments of one service, as values: the primary one, the last that completed, and what has failed.

A rollout changes only through the functions here. None of them starts or stops anything: rolling_update.py
reads the rollout and says what to do.

The circuit breaker follows ECS: a deployment that is not complete fails once its failed tasks reach the
breaker's threshold; a task that becomes healthy sets their count to 0, unless the breaker says otherwise.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.cloud.ecs.deployment_settings import DeploymentCircuitBreaker

STABLE_SECONDS = 2.0
"""A task that was healthy for at least this long does not count as part of a crash loop."""

LONGEST_BACK_OFF = 15.0


class RolloutState(StrEnum):
    """The rolloutState of a deployment."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment: its id, its task definition, its state and its failures."""

    id: str
    definition: str
    state: RolloutState = RolloutState.IN_PROGRESS
    reason: str = ""
    failed_tasks: int = 0
    crashes: int = 0
    """Unexpected stops in a row, without a stable task in between."""
    not_before: float = 0.0
    """No task is started before this time."""
    slot: int = 0
    """Which of two target groups its tasks are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The deployment that a service is moving to, and the one that it can be rolled back to."""

    primary: Deployment
    completed: str | None = None
    """Task definition of the last deployment that completed."""
    rolled_back: Deployment | None = None
    """The failed deployment that the primary one replaces."""
    source: Deployment | None = None
    """The last deployment that completed before the primary one was opened: its tasks serve meanwhile."""


def begin_rollout(deployment_id: str, definition: str, label: str) -> Rollout:
    """Open the first deployment of a service."""
    return Rollout(primary=_new_deployment(deployment_id, definition, label))


def retarget_rollout(
    rollout: Rollout, deployment_id: str, definition: str, label: str, *, shifts: bool = False
) -> Rollout:
    """Make another deployment the primary one; the one under way is given up.

    `shifts`: old and new tasks run side by side, so the new ones go into the other target group.
    """
    if rollout.primary.id == deployment_id:
        return rollout
    source = rollout.primary if rollout.primary.state is RolloutState.COMPLETED else rollout.source
    slot = 0 if source is None else 1 - source.slot if shifts else source.slot
    opened = replace(_new_deployment(deployment_id, definition, label), slot=slot)
    return Rollout(primary=opened, completed=rollout.completed, source=source)


def _new_deployment(deployment_id: str, definition: str, label: str) -> Deployment:
    return Deployment(id=deployment_id, definition=definition, reason=f"deploying {label}")


def back_off(crashes: int) -> float:
    """Seconds to wait before the next start: 0 after one crash, then 0.25, 0.5, 1, ... up to the longest."""
    return 0.0 if crashes <= 1 else min(LONGEST_BACK_OFF, 0.25 * 2.0 ** min(crashes - 2, 16))


def forgive_failures(rollout: Rollout, breaker: DeploymentCircuitBreaker) -> Rollout:
    """A task of the primary deployment became healthy: its failed tasks count no more."""
    primary = rollout.primary
    if not breaker.reset_on_healthy_task or not primary.failed_tasks:
        return rollout
    return replace(rollout, primary=replace(primary, failed_tasks=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """A task that stopped without having been asked to."""

    deployment_id: str
    reason: str
    healthy_for: float
    """Seconds that it had been healthy; 0 when it never was."""


def count_failure(
    rollout: Rollout, failure: TaskFailure, breaker: DeploymentCircuitBreaker, *, desired: int, now: float
) -> Rollout:
    """Count a failure of the primary deployment and work out when it may start a task again.

    A failure of the source only delays its next start; those of earlier deployments do not count.
    """
    primary, source = rollout.primary, rollout.source
    if source is not None and failure.deployment_id == source.id != primary.id:
        return replace(rollout, source=_after_crash(source, failure, now))
    if failure.deployment_id != primary.id:
        return rollout
    primary = _after_crash(primary, failure, now)
    if primary.state is RolloutState.IN_PROGRESS:
        failed = primary.failed_tasks + 1
        primary = replace(
            primary,
            failed_tasks=failed,
            reason=f"{failed} of at most {breaker.threshold(desired)} failed tasks: {failure.reason}",
        )
    return replace(rollout, primary=primary)


def _after_crash(deployment: Deployment, failure: TaskFailure, now: float) -> Deployment:
    crashes = 1 if failure.healthy_for >= STABLE_SECONDS else deployment.crashes + 1
    return replace(deployment, crashes=crashes, not_before=now + back_off(crashes))


def break_circuit(
    rollout: Rollout,
    breaker: DeploymentCircuitBreaker,
    *,
    desired: int,
    new_id: str,
    label: str,
    back_to: str,
) -> Rollout:
    """Fail the primary deployment once the breaker's threshold is reached, and roll it back if so configured.

    `new_id` becomes the id of the deployment that rolls back; `label` and `back_to` name the failed and the
    last completed task definition in the reason. The very first deployment cannot be rolled back.
    """
    primary = rollout.primary
    if (
        not breaker.enabled
        or primary.state is not RolloutState.IN_PROGRESS
        or primary.failed_tasks < breaker.threshold(desired)
    ):
        return rollout
    last = primary.reason.partition(": ")[2]
    why = f"{label} failed {primary.failed_tasks} times, last: {last}"
    if not breaker.rollback or not can_roll_back(rollout):
        return fail_rollout(rollout, f"ECS deployment circuit breaker: tasks failed to start: {why}")
    reason = f"ECS deployment circuit breaker: rolling back to {back_to}: {why}"
    failed = fail_rollout(rollout, f"ECS deployment circuit breaker: tasks failed to start: {why}")
    return roll_back(failed, new_id, reason)


def can_roll_back(rollout: Rollout) -> bool:
    """Whether a rolling update has another task definition to go back to, one that completed."""
    return rollout.completed not in (None, rollout.primary.definition)


def fail_rollout(rollout: Rollout, reason: str) -> Rollout:
    """The primary deployment has failed, and starts nothing more."""
    return replace(rollout, primary=replace(rollout.primary, state=RolloutState.FAILED, reason=reason))


def roll_back(rollout: Rollout, new_id: str, reason: str) -> Rollout:
    """Open a rolling update that goes back to what completed last, in the place of the primary deployment."""
    failed = rollout.primary
    assert rollout.completed is not None  # noqa: S101 - asked by `can_roll_back`
    opened = Deployment(id=new_id, definition=rollout.completed, reason=reason, slot=failed.slot)
    return Rollout(primary=opened, completed=rollout.completed, rolled_back=failed, source=opened)


def turn_back(rollout: Rollout, reason: str) -> Rollout:
    """Make the source the primary deployment again: its tasks still run beside those of the failed one."""
    assert rollout.source is not None  # noqa: S101 - without one, a deployment fails and does not turn back
    back = replace(rollout.source, state=RolloutState.IN_PROGRESS, reason=reason)
    return Rollout(
        primary=back, completed=rollout.completed, rolled_back=rollout.primary, source=rollout.source
    )


def complete_rollout(rollout: Rollout, label: str) -> Rollout:
    """Mark the primary deployment as completed."""
    primary = rollout.primary
    if rollout.rolled_back is not None:
        reason = primary.reason.replace("rolling back", "rolled back", 1)
    else:
        reason = f"deployed {label}"
    return replace(
        rollout,
        primary=replace(primary, state=RolloutState.COMPLETED, reason=reason),
        completed=primary.definition,
        source=None,
    )
