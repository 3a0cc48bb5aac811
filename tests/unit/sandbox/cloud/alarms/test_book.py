"""Alarms in moto, and topics in its SNS."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sandbox.cloud.alarms.book import MotoAlarmBook
from sandbox.cloud.alarms.definitions import AlarmState, AlarmVerdict
from sandbox.cloud.alarms.topic_message import TopicMessage
from sandbox.cloud.emulator.emulator import ACCOUNT
from sandbox.cloud.emulator.locks import ServiceLocks
from tests.support.cloudwatch.emulated import client, emulated_cloudwatch


def test_a_book_reads_writes_and_tells() -> None:
    """OBS-3: the message reaches who has subscribed to the topic."""
    with emulated_cloudwatch() as cloudwatch:
        topic = client("sns").create_topic(Name="alerts")["TopicArn"]
        queue = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q"
        )
        cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="TRUE")
        book = MotoAlarmBook(ACCOUNT, "us-east-1", ServiceLocks(), client)
        red = AlarmVerdict(state=AlarmState.ALARM, reason="why")
        book.write([("a", red)], {}, datetime(2026, 1, 1, tzinfo=UTC))
        (known,) = book.read()
        assert known.verdict == red
        book.publish(topic, TopicMessage(subject="s", body="b"))
        (received,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
        assert json.loads(received["Body"])["Message"] == "b"
