"""The loop that evaluates alarms, round by round with a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.cloud.alarms.definitions import Alarm, AlarmState, AlarmVerdict
from sandbox.cloud.alarms.topic_message import TopicMessage
from sandbox.cloud.alarms.watch import SETTLE_SECONDS, AlarmWatch, KnownAlarm
from sandbox.cloud.metrics.store import MetricStore
from sandbox.cloud.time_scale import TimeScale
from tests.support.cloudwatch.alarms import KEY, TELLING, TOPIC, composite_alarm, metric_alarm


@dataclass
class Known:
    """An alarm as it is kept."""

    alarm: Alarm
    verdict: AlarmVerdict
    description: str = "what it means"
    arn: str = "arn"


@dataclass
class Book:
    """Alarms in memory, and what was published."""

    known: dict[str, Known]
    published: list[tuple[str, TopicMessage]] = field(default_factory=list)
    broken: bool = False

    def read(self) -> list[KnownAlarm]:
        return list(self.known.values())

    def write(
        self, verdicts: list[tuple[str, AlarmVerdict]], suppressed: Mapping[str, str], at: datetime
    ) -> None:
        for name, verdict in verdicts:
            self.known[name].verdict = verdict

    def publish(self, topic: str, message: TopicMessage) -> None:
        if self.broken:
            raise ConnectionError
        self.published.append((topic, message))


class Clock:
    """A time that tests set."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _watch(*alarms: Alarm) -> tuple[AlarmWatch, Book, MetricStore, Clock]:
    book = Book({one.name: Known(one, AlarmVerdict(state=AlarmState.OK, reason="")) for one in alarms})
    store, clock = MetricStore(resolution=1.0), Clock()
    watch = AlarmWatch(
        book,
        store,
        publish_metrics=lambda now: store.put(KEY, 0, now),
        account="1",
        region="us-east-1",
        time_scale=TimeScale(factor=60),
        clock=clock,
    )
    return watch, book, store, clock


def test_a_breach_is_seen_once_it_has_settled_and_the_topic_is_told() -> None:
    """Three minutes of a second, and the moment that metrics are under way."""
    watch, book, store, clock = _watch(
        metric_alarm("a"), composite_alarm("whole", "ALARM(a)", actions=TELLING)
    )
    for _ in range(3):
        store.put(KEY, 5, clock.now)
        watch.round()
        clock.now += 1
    assert book.known["a"].verdict.state is not AlarmState.ALARM
    clock.now += SETTLE_SECONDS
    watch.round()
    assert book.known["whole"].verdict.state is AlarmState.ALARM
    ((topic, message),) = book.published
    assert topic == TOPIC
    assert json.loads(message.body)["AlarmDescription"] == "what it means"
    for _ in range(6):
        clock.now += 1
        watch.round()
    assert [message.subject.partition(":")[0] for _, message in book.published] == ["ALARM", "OK"]


def test_a_topic_that_fails_breaks_no_round() -> None:
    """CloudWatch tests no action either."""
    watch, book, store, clock = _watch(metric_alarm("a", periods=1, datapoints=1, actions=TELLING))
    book.broken = True
    store.put(KEY, 5, clock.now - 2)
    watch.round()
    assert book.known["a"].verdict.state is AlarmState.ALARM


def test_it_stops_before_it_has_begun() -> None:
    """A sandbox that is ended while it starts."""
    watch, *_ = _watch()
    watch.stop()
