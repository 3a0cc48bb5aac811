"""The time that is left for a request, passed on from service to service.

The header carries what is left in milliseconds rather than a point in time, so that clocks need not agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER = "x-myelin-deadline-ms"
"""Milliseconds that the caller will still wait for the answer."""

_DIGITS = re.compile(r"^[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A point on the monotonic clock, in seconds; an answer after it comes too late."""

    at: float

    @classmethod
    def within(cls, seconds: float, *, now: float) -> Deadline:
        """The deadline `seconds` from `now`."""
        return cls(at=now + seconds)

    def remaining(self, now: float) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - now)

    def header(self, now: float) -> str:
        """The value to pass on, in whole milliseconds."""
        return str(int(self.remaining(now) * 1000))


def from_header(value: str | None, *, limit_seconds: float, now: float) -> Deadline:
    """The deadline that a caller asked for, but never later than `limit_seconds` from `now`; a header that
    cannot be read counts as absent.
    """
    if value is None or not _DIGITS.match(value):
        return Deadline.within(limit_seconds, now=now)
    return Deadline.within(min(int(value) / 1000, limit_seconds), now=now)
