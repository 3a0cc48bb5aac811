"""Reads which alarms of a deployment are in ALARM, while it looks at them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.cloud.scheduler.background import Background

log = logging.getLogger(__name__)

READ_SECONDS = 0.25
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSight:
    """The alarms that are in ALARM, and the minutes that the slowest of all needs to see trouble."""

    red: frozenset[str] = frozenset()
    minutes: float = 0.0


class AlarmStates:
    """The alarms of one service, read again and again. To be used in one event loop."""

    def __init__(self, aws: Callable[[str], Any], on_change: Callable[[], None]) -> None:
        """`on_change` is called when they were read."""
        self._aws = aws
        self._on_change = on_change
        self._background = Background()
        self._names: tuple[str, ...] = ()
        self._seen: AlarmSight | None = None
        self._next = 0.0

    def look(self, names: tuple[str, ...]) -> AlarmSight | None:
        """What is known of these alarms, None before they were read; reads them again in time."""
        if not names:
            return AlarmSight()
        if names != self._names:
            self._names, self._seen, self._next = names, None, 0.0
        if time.monotonic() >= self._next:
            self._next = float("inf")
            self._background.run(lambda: self._read(names), self._take)
        return self._seen

    def forget(self) -> None:
        """What was read is of an earlier deployment."""
        self._names = ()

    def _take(self, found: Any) -> None:
        self._next = time.monotonic() + READ_SECONDS
        if isinstance(found, Exception):
            log.warning("the alarms of a deployment could not be read: %s", found)
        elif found[0] == self._names:
            self._seen = found[1]
        self._on_change()

    def _read(self, names: tuple[str, ...]) -> tuple[tuple[str, ...], AlarmSight]:
        cloudwatch = self._aws("cloudwatch")
        found: list[Any] = []
        for begin in range(0, len(names), _AT_ONCE):
            asked = list(names[begin : begin + _AT_ONCE])
            answer = cloudwatch.describe_alarms(
                AlarmNames=asked, AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=_AT_ONCE
            )
            found += [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        red = frozenset(alarm["AlarmName"] for alarm in found if alarm.get("StateValue") == "ALARM")
        spans = [alarm.get("Period", 0) * alarm.get("EvaluationPeriods", 0) / 60 for alarm in found]
        return names, AlarmSight(red=red, minutes=max(spans, default=0.0))
