"""Alarms in moto's CloudWatch, and topics in its SNS. Import late: imports moto."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.cloud.alarms import moto_alarms
from sandbox.cloud.alarms.definitions import AlarmVerdict
from sandbox.cloud.alarms.topic_message import TopicMessage
from sandbox.cloud.alarms.watch import KnownAlarm
from sandbox.cloud.emulator.locks import ServiceLocks

CLOUDWATCH = "monitoring"
"""CloudWatch's name in signatures."""


class MotoAlarmBook:
    """The alarms of one account and region."""

    def __init__(self, account: str, region: str, locks: ServiceLocks, clients: Callable[[str], Any]) -> None:
        """`locks` keep rounds and API calls from overlapping; `clients` makes the client that publishes."""
        self._account = account
        self._region = region
        self._locks = locks
        self._clients = clients

    def read(self) -> list[KnownAlarm]:
        """All alarms."""
        with self._locks.held(CLOUDWATCH):
            return list(moto_alarms.read_alarms(self._account, self._region))

    def write(
        self, verdicts: list[tuple[str, AlarmVerdict]], suppressed: Mapping[str, str], at: datetime
    ) -> None:
        """Keep new states, and what suppresses actions."""
        with self._locks.held(CLOUDWATCH):
            moto_alarms.write_states(self._account, self._region, verdicts, suppressed, at)

    def publish(self, topic: str, message: TopicMessage) -> None:
        """Send a message to a topic."""
        self._clients("sns").publish(TopicArn=topic, Subject=message.subject, Message=message.body)
