"""The stretch of time that a question to CloudWatch is about. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

MINUTE = 60
MOST_BARS = 30
_SHORT_PERIODS = (1, 5, 10, 30)
"""Periods below a minute that CloudWatch answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """From `start` until `end`, seconds since the epoch; `period` is what a bar of a row stands for."""

    start: int
    end: int
    period: int

    @property
    def seconds(self) -> int:
        """How long it is: whole minutes."""
        return self.end - self.start

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Start and end as CloudWatch is asked."""
        return datetime.fromtimestamp(self.start, UTC), datetime.fromtimestamp(self.end, UTC)

    def index(self, moment: datetime) -> int:
        """The bar that a datapoint belongs to."""
        return int((moment.timestamp() - self.start) // self.period)

    @property
    def bars(self) -> int:
        """How many bars a row has."""
        return math.ceil(self.seconds / self.period)


def window_until(now: float, seconds: float, *, time_scale: float = 1) -> TimeWindow:
    """The last `seconds`, in whole minutes that end with the present one.

    CloudWatch begins its periods at the start, rounded to a minute: so one period as long as the window is
    the whole of it. `time_scale`: so many seconds of AWS pass in one, and metrics are kept that much closer.
    """
    length = max(MINUTE, math.ceil(seconds / MINUTE) * MINUTE)
    end = math.ceil(now / MINUTE) * MINUTE
    return TimeWindow(start=end - length, end=end, period=_period(length, MINUTE / time_scale))


def _period(length: int, resolution: float) -> int:
    wanted = length / MOST_BARS
    for period in _SHORT_PERIODS:
        if period >= wanted and period >= resolution:
            return period
    return max(MINUTE, math.ceil(wanted / MINUTE) * MINUTE)
