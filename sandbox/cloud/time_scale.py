"""How fast AWS's minutes pass in a sandbox.

Bake times, steps of a deployment, and periods of alarms are minutes on AWS; a rehearsal is to take seconds.
One factor holds for all of them. What a machine has to do (start a task, answer a probe) takes as long as it
takes, and is not scaled.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_TIME_SCALE = 60.0
"""A minute of AWS lasts a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeScale:
    """`factor` seconds of AWS pass in one second; 1 is real time."""

    factor: float = DEFAULT_TIME_SCALE

    def real_seconds(self, seconds: float) -> float:
        """How long seconds of AWS last here."""
        return seconds / self.factor

    def aws_seconds(self, real: float) -> float:
        """How many seconds of AWS pass meanwhile."""
        return real * self.factor
