"""Alarms of a function: it failed, or was not let run. GOV-1."""

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
    """Any error and any throttle counts; `failure` says what an error kept the function from doing."""
    return (
        AlarmPlan(metric="Errors", description=f"{function} failed to {failure}"),
        AlarmPlan(metric="Throttles", description=f"{function} was not let run"),
    )
