"""The store in moto's CloudWatch Logs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.metrics.store import MetricStore, metric_key
from sandbox.cloud.telemetry.batches import LogBatch, LogLine
from sandbox.cloud.telemetry.logs import MissingLogGroupError
from sandbox.cloud.telemetry.moto_logs import MotoLogs

METRICS = MetricStore()


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("logs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture
def store() -> MotoLogs:
    return MotoLogs("us-east-1", ServiceLocks(), METRICS)


def batch(*messages: str) -> LogBatch:
    now = time.time_ns() // 1_000_000
    return LogBatch(
        group="g",
        stream="s/1",
        lines=tuple(LogLine(group="g", stream="s/1", message=m, timestamp_ms=now) for m in messages),
    )


def messages(client: Any) -> list[str]:
    events = client.get_log_events(logGroupName="g", logStreamName="s/1", startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_stream_is_made_when_first_written_to(logs: Any, store: MotoLogs) -> None:
    """Lines of two batches are in the stream, in order, as the API reads them."""
    logs.create_log_group(logGroupName="g")
    store.append(batch("a", "b"))
    store.append(batch("c"))
    assert messages(logs) == ["a", "b", "c"]


def test_stream_that_exists_already_is_used(logs: Any, store: MotoLogs) -> None:
    """A stream that somebody else made is no error."""
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s/1")
    store.append(batch("a"))
    assert messages(logs) == ["a"]


def test_missing_group_is_not_made(logs: Any, store: MotoLogs) -> None:
    """A group is somebody's resource: it is never made on the side."""
    with pytest.raises(MissingLogGroupError):
        store.append(batch("a"))
    assert logs.describe_log_groups()["logGroups"] == []


def test_group_that_was_made_anew_gets_its_stream_again(logs: Any, store: MotoLogs) -> None:
    """After a group was deleted and made again, writing goes on."""
    logs.create_log_group(logGroupName="g")
    store.append(batch("a"))
    logs.delete_log_group(logGroupName="g")
    with pytest.raises(MissingLogGroupError):
        store.append(batch("b"))
    logs.create_log_group(logGroupName="g")
    store.append(batch("c"))
    assert messages(logs) == ["c"]


def test_metrics_of_lines_are_kept(logs: Any, store: MotoLogs) -> None:
    """OBS-5: CloudWatch Logs extracts what a line carries in the embedded metric format."""
    logs.create_log_group(logGroupName="g")
    directive = '{"Namespace": "n", "Dimensions": [[]], "Metrics": [{"Name": "m", "Unit": "Count"}]}'
    store.append(
        batch(f'{{"_aws": {{"Timestamp": 60000, "CloudWatchMetrics": [{directive}]}}, "m": 5}}', "other")
    )
    found = METRICS.over(metric_key("n", "m", {}), 60, 120)
    assert found is not None
    assert found.statistic("Sum") == 5
