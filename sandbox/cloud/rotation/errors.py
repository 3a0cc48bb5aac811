"""What can be wrong with a rotation, and with its schedule."""

from __future__ import annotations

from sandbox.errors import SandboxError


class ScheduleError(SandboxError):
    """A schedule expression that Secrets Manager does not take."""

    bad_input = True

    def __init__(self, message: str, *, hint: str = "see `cron()` and `rate()` of Secrets Manager") -> None:
        super().__init__(message, hint=hint)


class RotationStepError(SandboxError):
    """A step of a rotation failed; `payload` is what the function answered."""

    def __init__(self, step: str, payload: str) -> None:
        super().__init__(
            f"rotation failed in step {step}: {payload}", hint="the log of the function has the reason"
        )
        self.step = step
