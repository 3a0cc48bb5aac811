"""What moto keeps of logs and traces, through AWS's API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.logs.models import LogStream
from moto.xray.models import SegmentCollection

from sandbox.cloud.telemetry.retention import EVENT_OVERHEAD, SEGMENT_OVERHEAD, Bounds, TelemetryRetention

BOUNDS = Bounds(log_bytes=10 * (EVENT_OVERHEAD + 1), trace_bytes=8 * SEGMENT_OVERHEAD)


@pytest.fixture
def retention(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelemetryRetention]:
    for kind, name in (
        (LogStream, "put_log_events"),
        (SegmentCollection, "put_segment"),
    ):
        monkeypatch.setattr(kind, name, getattr(kind, name))  # put back afterwards
    with mock_aws():
        made = TelemetryRetention(BOUNDS)
        made.install()
        yield made


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def write(logs: Any, group: str, *messages: str) -> None:
    now = time.time_ns() // 1_000_000
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def read(logs: Any, group: str) -> list[str]:
    found = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)["events"]
    return [event["message"] for event in found]


def test_oldest_lines_of_the_busiest_group_go(retention: TelemetryRetention) -> None:
    """Ten lines fit: of twelve in one group the oldest go, and the other group loses none."""
    logs = client("logs")
    for group in ("quiet", "busy"):
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
    write(logs, "quiet", "q")
    for letter in "abcdefghijkl":
        write(logs, "busy", letter)
    assert read(logs, "quiet") == ["q"]
    assert read(logs, "busy") == list("defghijkl")
    assert retention.document()["logs"] == {
        "bound": BOUNDS.log_bytes,
        "held": BOUNDS.log_bytes,
        "dropped": 3,
    }


def test_oldest_traces_go_whole(retention: TelemetryRetention) -> None:
    """Three of six traces fit: the newest is there with both of its segments, the oldest with none."""
    xray, now = client("xray"), time.time()
    traces = [f"1-{int(now):08x}-{number:024x}" for number in range(6)]
    for number, trace in enumerate(traces):
        documents = [
            json.dumps(
                {
                    "name": "n",
                    "id": f"{number:08x}{half:08x}",
                    "trace_id": trace,
                    "start_time": now,
                    "end_time": now + 1,
                    "subsegments": [{"name": "inside"}],
                }
            )
            for half in (1, 2)
        ]
        xray.put_trace_segments(TraceSegmentDocuments=documents)
    found = xray.batch_get_traces(TraceIds=[traces[0], traces[-1]])
    assert found["UnprocessedTraceIds"] == [traces[0]]
    assert len(found["Traces"][0]["Segments"]) == 2
    assert "inside" in found["Traces"][0]["Segments"][0]["Document"]
    kept = retention.document()["traces"]
    assert kept["held"] <= kept["bound"]
    assert kept["dropped"] == 6
