"""Compares the function's clock with the one of AWS, which is in the `Date` of every answer of DynamoDB.

A condition may look at the time, and the age of a version is measured by it. So a clock that is off denies.
AWS itself refuses signatures that are minutes off, and that refusal carries its time too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from policies.calls.deciding.errors import ClockError

MAX_SKEW_SECONDS = 30.0
"""An answer tells whole seconds and may have been under way for some."""


class ClockCheck:
    """What the last answer said about the clock."""

    def __init__(self, now: Callable[[], datetime], *, bound: float = MAX_SKEW_SECONDS) -> None:
        """`now` is the function's own clock, in UTC; `bound` in seconds."""
        self._now = now
        self._bound = bound
        self._ahead = 0.0

    def watch(self, client: Any) -> None:
        """Look at every answer that a botocore client gets, errors too."""
        client.meta.events.register("after-call", self._look)

    def check(self) -> None:
        """Raise ClockError if the clock was off at the last answer."""
        if abs(self._ahead) > self._bound:
            raise ClockError(ahead=self._ahead, bound=self._bound)

    def _look(self, http_response: Any, **_: Any) -> None:
        try:
            theirs = parsedate_to_datetime(http_response.headers["date"])
        except (KeyError, TypeError, ValueError):
            # an answer without a time says nothing about the clock
            return
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        self._ahead = (self._now() - theirs).total_seconds()
