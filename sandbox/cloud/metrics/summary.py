"""What is kept of the values of a metric in a stretch of time, and the statistics that follow from it. Pure.

Sums, counts, extremes are exact. A percentile is one of a histogram whose bins grow by 2 %: it is at most 1 %
beside the value; CloudWatch, too, keeps a histogram and no single values
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

_GROWTH = 1.02
_LOG_GROWTH = math.log(_GROWTH)
_ZERO = -(10**9)
"""The bin of everything that is not above zero."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


@dataclass(slots=True)
class Summary:
    """Count, sum and extremes of values, and how many of them are in each bin."""

    count: float = 0
    total: float = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    bins: dict[int, float] = field(default_factory=dict)

    def add(self, value: float, count: float = 1) -> None:
        """Count a value so many times."""
        self.count += count
        self.total += value * count
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        number = _bin(value)
        self.bins[number] = self.bins.get(number, 0) + count

    def add_statistics(self, *, count: float, total: float, minimum: float, maximum: float) -> None:
        """Count values of which only the statistics are known: for percentiles, each is the average."""
        if count <= 0:
            return
        self.count += count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)
        number = _bin(total / count)
        self.bins[number] = self.bins.get(number, 0) + count

    def merge(self, other: Summary, *, bins: bool = True) -> None:
        """Count what another one has; without `bins`, for all but percentiles."""
        self.count += other.count
        self.total += other.total
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        if not bins:
            return
        for number, count in other.bins.items():
            self.bins[number] = self.bins.get(number, 0) + count

    def statistic(self, name: str) -> float:
        """A statistic by CloudWatch's name, or a percentile such as `p99`; raises ValueError."""
        match name:
            case "SampleCount":
                return self.count
            case "Sum":
                return self.total
            case "Average":
                return self.total / self.count
            case "Minimum":
                return self.minimum
            case "Maximum":
                return self.maximum
        found = _PERCENTILE.fullmatch(name)
        if found is None:
            raise ValueError(f"the sandbox has no statistic `{name}`")
        return self._percentile(float(found[1]))

    def _percentile(self, percent: float) -> float:
        wanted = self.count * percent / 100
        seen = 0.0
        for number in sorted(self.bins):
            seen += self.bins[number]
            if seen >= wanted:
                return min(max(_middle(number), self.minimum), self.maximum)
        return self.maximum


def is_statistic(name: str) -> bool:
    """Whether there is a statistic of this name."""
    return name in STATISTICS or _PERCENTILE.fullmatch(name) is not None


def _bin(value: float) -> int:
    return math.ceil(math.log(value) / _LOG_GROWTH) if value > 0 else _ZERO


def _middle(number: int) -> float:
    return 0.0 if number == _ZERO else 2 * _GROWTH**number / (_GROWTH + 1)
