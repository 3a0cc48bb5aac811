"""The lifecycle hooks of one step, as values: called, called again, answered, paused, timed out. Pure.

All hooks of a step run side by side, and all must succeed. Times are seconds of AWS.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sandbox.cloud.ecs.deployment_settings import HookAction, HookStage, HookTarget, LifecycleHook

CALL_AGAIN_SECONDS = 30.0
"""After IN_PROGRESS without a `callBackDelay`."""


class HookStatus(StrEnum):
    """The status of a hook, as ECS describes it."""

    AWAITING_ACTION = "AWAITING_ACTION"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"


OPEN = frozenset({HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAnswer:
    """What a function returned, or why it returned nothing that is an answer (`status` FAILED)."""

    status: HookStatus
    reason: str = ""
    call_again: float = CALL_AGAIN_SECONDS
    details: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """One hook at one step. `call_at` is when it is to be called next, None while a call is under way."""

    id: str
    hook: LifecycleHook
    stage: HookStage
    expires_at: float
    status: HookStatus
    call_at: float | None = None
    calls: int = 0
    details: Any = None
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether the step still waits for it."""
        return self.status in OPEN

    @property
    def failed(self) -> bool:
        """Whether it ends the deployment."""
        return self.status is HookStatus.FAILED or (
            self.status is HookStatus.TIMED_OUT and self.hook.timeout_action is HookAction.ROLLBACK
        )

    @property
    def label(self) -> str:
        """The name of its function, or that it is a pause."""
        name = self.hook.target_arn.partition(":function:")[2] or self.hook.target_arn
        return "the pause" if self.hook.target is HookTarget.PAUSE else f"the hook {name}"


def begin_hooks(
    hooks: Iterable[LifecycleHook], stage: HookStage, new_id: Callable[[HookTarget], str], now: float
) -> tuple[HookRun, ...]:
    """The hooks of a step that begins."""
    return tuple(
        HookRun(
            id=new_id(hook.target),
            hook=hook,
            stage=stage,
            expires_at=now + hook.timeout_minutes * 60,
            status=HookStatus.AWAITING_ACTION if hook.target is HookTarget.PAUSE else HookStatus.IN_PROGRESS,
            call_at=None if hook.target is HookTarget.PAUSE else now,
            details=hook.details,
        )
        for hook in hooks
    )


def due_calls(runs: tuple[HookRun, ...], now: float) -> tuple[tuple[HookRun, ...], tuple[HookRun, ...]]:
    """The runs with those marked as called that are to be called now, and these."""
    called = {
        run.id: replace(run, call_at=None, calls=run.calls + 1)
        for run in runs
        if run.open and run.call_at is not None and run.call_at <= now
    }
    return tuple(called.get(run.id, run) for run in runs), tuple(called.values())


def expire(runs: tuple[HookRun, ...], now: float) -> tuple[HookRun, ...]:
    """Time out those that are open for too long."""
    return tuple(
        replace(
            run, status=HookStatus.TIMED_OUT, reason=f"no end within {run.hook.timeout_minutes:g} minutes"
        )
        if run.open and run.expires_at <= now
        else run
        for run in runs
    )


def answer(run: HookRun, given: HookAnswer, now: float) -> HookRun:
    """What becomes of a hook that answered; an answer that comes when it is over counts no more."""
    if not run.open or run.call_at is not None:
        return run
    details = run.details if given.details is None else given.details
    if given.status is HookStatus.IN_PROGRESS:
        return replace(run, call_at=now + given.call_again, details=details)
    return replace(run, status=given.status, reason=given.reason, details=details)


def next_moment(runs: Iterable[HookRun]) -> float | None:
    """When a hook is to be called or times out next."""
    moments = [moment for run in runs if run.open for moment in (run.call_at, run.expires_at)]
    return min((moment for moment in moments if moment is not None), default=None)


def read_answer(payload: Any, *, failed: bool) -> HookAnswer:
    """Read what a function returned; anything but an object with a valid `hookStatus` is a failure."""
    if failed:
        text = payload.get("errorMessage") if isinstance(payload, dict) else None
        return HookAnswer(
            status=HookStatus.FAILED, reason=f"the function failed: {text or 'without a message'}"
        )
    given = payload if isinstance(payload, dict) else {}
    status = given.get("hookStatus")
    if status not in ("SUCCEEDED", "FAILED", "IN_PROGRESS"):
        return HookAnswer(
            status=HookStatus.FAILED, reason="it returned no hookStatus SUCCEEDED, FAILED or IN_PROGRESS"
        )
    return HookAnswer(
        status=HookStatus(status),
        reason="it answered FAILED" if status == "FAILED" else "",
        call_again=_delay(given.get("callBackDelay")),
        details=given.get("hookDetails"),
    )


def _delay(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return CALL_AGAIN_SECONDS
    return float(given) if math.isfinite(given) and given >= 0 else CALL_AGAIN_SECONDS
