"""The alarms of a function, one for errors and one for throttled calls. GOV-1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPlan:
    """An alarm on a Lambda metric: the sum over `period` seconds is above `threshold`."""

    metric: str
    description: str
    threshold: int = 0
    period: int = 60
    periods: int = 1

    @property
    def name(self) -> str:
        """The metric in lower case."""
        return self.metric.lower()


def plan_alarms(function: str, failure: str) -> tuple[AlarmPlan, ...]:
    """Alarms on any error and any throttled call; `failure` completes "failed to"."""
    return (
        AlarmPlan(metric="Errors", description=f"{function} failed to {failure}"),
        AlarmPlan(metric="Throttles", description=f"{function} was not let run"),
    )
