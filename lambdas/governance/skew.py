"""Compares the function's clock with AWS's, which is in the `Date` header of every response of DynamoDB.

Conditions may read the time, and the age of a version is measured by it; so a wrong clock denies. AWS itself
refuses signatures that are minutes off, and the response with that refusal has the header, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from policies.calls.deciding.errors import ClockError

MAX_SKEW_SECONDS = 30.0
"""The header has whole seconds, and a response may take some."""


class ClockCheck:
    """How far the clock was off at the last response."""

    def __init__(self, now: Callable[[], datetime], *, bound: float = MAX_SKEW_SECONDS) -> None:
        """`now` is the function's own clock, in UTC; `bound` in seconds."""
        self._now = now
        self._bound = bound
        self._ahead = 0.0

    def watch(self, client: Any) -> None:
        """Check every response that a botocore client receives, also errors."""
        client.meta.events.register("after-call", self._compare)

    def check(self) -> None:
        """Raise ClockError if the clock was off by more than the bound at the last response."""
        if abs(self._ahead) > self._bound:
            raise ClockError(ahead=self._ahead, bound=self._bound)

    def _compare(self, http_response: Any, **_: Any) -> None:
        try:
            theirs = parsedate_to_datetime(http_response.headers["date"])
        except (KeyError, TypeError, ValueError):
            # a response without a valid header says nothing about the clock
            return
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        self._ahead = (self._now() - theirs).total_seconds()
