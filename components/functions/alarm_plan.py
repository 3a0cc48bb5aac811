"""The alarms of a function, one for errors and one for throttled calls. GOV-1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPlan:
    """An alarm on a Lambda metric: the sum over `period` seconds is above `threshold`."""

    metric: str
    description: str
    advice: str
    """What to do about it."""
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
        AlarmPlan(
            metric="Errors",
            description=f"{function} failed to {failure}",
            advice=f"its log group /aws/lambda/{function} says why",
        ),
        AlarmPlan(
            metric="Throttles",
            description=f"{function} was not let run",
            advice="more calls came at once than the account or the function may have: raise the limit, "
            "or find who asks so often",
        ),
    )
