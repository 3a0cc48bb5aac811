"""How fast an error budget is spent, and which speeds are worth an alarm. Pure.

A burn rate of 1 spends the budget in exactly the window of the objective. An alarm watches a long window, so
that a blip raises nothing, and a short one, so that it ends soon after the cause. The table is that of the
SRE workbook: https://sre.google/workbook/alerting-on-slos/
"""

from __future__ import annotations

from dataclasses import dataclass

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnWindow:
    """`budget_percent` of the whole budget is spent within `long` seconds; `short` is what ends the alarm."""

    name: str
    budget_percent: float
    long: int
    short: int

    def rate(self, window_days: int) -> float:
        """The burn rate that spends it: 14.4 for 2 % of 30 days in an hour."""
        return round(self.budget_percent / 100 * window_days * DAY / self.long, 4)


WINDOWS = (
    BurnWindow(name="fast", budget_percent=2, long=HOUR, short=5 * 60),
    BurnWindow(name="medium", budget_percent=5, long=6 * HOUR, short=30 * 60),
    BurnWindow(name="slow", budget_percent=10, long=DAY, short=2 * HOUR),
)
"""The fastest first: each suppresses those after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnAlarm:
    """A window at the error rate, in percent, that spends the budget so fast."""

    window: BurnWindow
    rate: float
    error_percent: float


def burn_alarms(*, window_days: int, error_rate_percent: float) -> tuple[BurnAlarm, ...]:
    """The windows whose error rate can be exceeded: with a large budget that of a fast one is above 100 %."""
    planned = (
        BurnAlarm(
            window=window,
            rate=window.rate(window_days),
            error_percent=round(window.rate(window_days) * error_rate_percent, 4),
        )
        for window in WINDOWS
    )
    return tuple(alarm for alarm in planned if alarm.error_percent < 100)
