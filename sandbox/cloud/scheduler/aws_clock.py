"""The clock of deployments: seconds of AWS, which pass faster here, and the moments that they stand for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.cloud.time_scale import TimeScale


class AwsClock:
    """Seconds of AWS since the sandbox began."""

    def __init__(
        self, scale: TimeScale | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`scale` says how fast they pass; `monotonic` is this machine's clock."""
        self._scale = scale or TimeScale()
        self._monotonic = monotonic
        self._began = monotonic()
        self._began_at = datetime.now(UTC)

    def now(self) -> float:
        """The present moment, in seconds of AWS."""
        return self._scale.aws_seconds(self._monotonic() - self._began)

    def real(self, moment: float) -> float:
        """The same moment on this machine's clock."""
        return self._began + self._scale.real_seconds(moment)

    def date(self, moment: float) -> datetime:
        """The same moment as a date: when it was, or will be, on this machine."""
        return self._began_at + timedelta(seconds=self._scale.real_seconds(moment))
