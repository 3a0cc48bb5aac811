"""The loop that evaluates the alarms, a minute of AWS apart, and tells the topics.

A round looks at the periods that ended a moment ago: log lines, and with them metrics, need that moment until
they are kept. A change that two rounds see is one change.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from sandbox.cloud.alarms.datapoints import alarm_values
from sandbox.cloud.alarms.definitions import Alarm, AlarmVerdict, MetricAlarm
from sandbox.cloud.alarms.round import Round, evaluate_alarms
from sandbox.cloud.alarms.suppression import ActionMemory
from sandbox.cloud.alarms.topic_message import TopicMessage, topic_message
from sandbox.cloud.metrics.store import MetricStore
from sandbox.cloud.time_scale import TimeScale

log = logging.getLogger(__name__)

MINUTE = 60.0
SETTLE_SECONDS = 1.0
"""How long metrics may be under way, in real seconds: lines are shipped ten times a second, or late."""
SHORTEST_PAUSE = 0.5
"""Seconds between two rounds at least, however fast the sandbox's time runs."""


class KnownAlarm(Protocol):
    """An alarm with its state, as it is kept."""

    @property
    def alarm(self) -> Alarm:
        """The alarm."""
        ...

    @property
    def verdict(self) -> AlarmVerdict:
        """Its present state."""
        ...

    @property
    def description(self) -> str:
        """What messages say of it."""
        ...

    @property
    def arn(self) -> str:
        """Its ARN."""
        ...


class AlarmBook(Protocol):
    """Where alarms and their states are kept, and who is told."""

    def read(self) -> list[KnownAlarm]:
        """All alarms."""
        ...

    def write(
        self, verdicts: list[tuple[str, AlarmVerdict]], suppressed: Mapping[str, str], at: datetime
    ) -> None:
        """Keep new states, and what suppresses actions."""
        ...

    def publish(self, topic: str, message: TopicMessage) -> None:
        """Send a message to a topic."""
        ...


class AlarmWatch:
    """Evaluates all alarms again and again, in a thread of its own."""

    def __init__(
        self,
        book: AlarmBook,
        store: MetricStore,
        *,
        publish_metrics: Callable[[float], None],
        account: str,
        region: str,
        time_scale: TimeScale,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`publish_metrics` is called before each round, with the time; `clock`: seconds since the epoch."""
        self._book = book
        self._store = store
        self._publish_metrics = publish_metrics
        self._account = account
        self._region = region
        self._time_scale = time_scale
        self._clock = clock
        self._memories: Mapping[str, ActionMemory] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End after the round under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def round(self) -> Round:
        """Evaluate all alarms once, keep the states that change and tell the topics."""
        now = self._clock()
        self._publish_metrics(now)
        end = math.floor((now - SETTLE_SECONDS) / self._store.resolution) * self._store.resolution
        known = {one.alarm.name: one for one in self._book.read()}
        found = evaluate_alarms(
            [one.alarm for one in known.values()],
            {name: one.verdict for name, one in known.items()},
            self._memories,
            lambda alarm: self._values(alarm, end),
            self._time_scale.aws_seconds(now),
        )
        self._memories = found.memories
        at = datetime.fromtimestamp(now, UTC)
        changed = [(one.name, one.verdict) for one in found.transitions]
        self._book.write(changed, found.suppressed, at)
        for told in found.told:
            one = known[told.name]
            message = topic_message(
                one.alarm,
                told,
                description=one.description,
                arn=one.arn,
                account=self._account,
                region=self._region,
                at=at,
            )
            for topic in told.topics:
                self._tell(topic, message)
        return found

    def _values(self, alarm: MetricAlarm, end: float) -> list[float | None]:
        return alarm_values(alarm, self._store, end, time_scale=self._time_scale.factor)

    def _tell(self, topic: str, message: TopicMessage) -> None:
        try:
            self._book.publish(topic, message)
        except Exception:
            # CloudWatch, too, tests no action: what a topic does not take is lost, and the log says so
            log.exception("the topic %s was not told: %s", topic, message.subject)

    def _run(self) -> None:
        pause = max(self._time_scale.real_seconds(MINUTE), SHORTEST_PAUSE)
        while not self._stopping.wait(pause):
            try:
                self.round()
            except Exception:
                # the next round sees what this one did not
                log.exception("alarms were not evaluated")
