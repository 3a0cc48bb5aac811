"""Putting the lines of several log groups in one order."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.errors import UsageError
from cli.logs.reader import LogEntry, chosen_groups, follow_lines, parse_duration, read_lines

NOW = time.time()  # CloudWatch Logs refuses events older than 14 days


def event(client: Any, group: str, record: dict[str, Any] | str) -> None:
    message = record if isinstance(record, str) else json.dumps(record)
    moment = int(NOW * 1000)
    client.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": moment, "message": message}]
    )


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        logs = boto3.client("logs", region_name="us-east-1")
        for group in ("/myelin/dev/orbit", "/myelin/dev/axon"):
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName="s")
        yield logs


def line(service: str, second: float, message: str, correlation_id: str = "c-1") -> dict[str, Any]:
    stamp = f"2023-11-14T22:13:{second:09.6f}+00:00"
    return {"timestamp": stamp, "service": service, "message": message, "correlation_id": correlation_id}


def test_lines_of_one_call_are_in_the_order_of_their_times(client: Any) -> None:
    """Lines are sorted by the microsecond they name, across groups, and other calls are left out (OBS-2)."""
    event(client, "/myelin/dev/orbit", line("orbit", 20.000001, "received"))
    event(client, "/myelin/dev/orbit", line("orbit", 20.000900, "answered"))
    event(client, "/myelin/dev/axon", line("axon", 20.000400, "heartbeat"))
    event(client, "/myelin/dev/axon", line("axon", 20.000500, "heartbeat", "c-2"))
    groups = ("/myelin/dev/orbit", "/myelin/dev/axon")
    lines = read_lines(client, groups, correlation_id="c-1", seconds=60, now=NOW)
    assert [(item.service, item.record["message"]) for item in lines] == [
        ("orbit", "received"),
        ("axon", "heartbeat"),
        ("orbit", "answered"),
    ]


def test_plain_lines_keep_their_text(client: Any) -> None:
    """A line that is no JSON object is shown as it is, under the name of its group."""
    event(client, "/myelin/dev/axon", "START RequestId: 1")
    [only] = read_lines(client, ("/myelin/dev/axon",), seconds=60, now=NOW)
    assert (only.service, only.record) == ("axon", {"message": "START RequestId: 1"})


def test_only_the_groups_of_a_service_are_read() -> None:
    """Without a service all groups are read, with one its own; one that there is not is named with those
    that are.
    """
    groups = {"axon": "/myelin/dev/axon", "governance": "/aws/lambda/decide"}
    assert chosen_groups(groups, "") == ("/myelin/dev/axon", "/aws/lambda/decide")
    assert chosen_groups(groups, "axon") == ("/myelin/dev/axon",)
    with pytest.raises(UsageError, match="no service `nosuch` is deployed") as caught:
        chosen_groups(groups, "nosuch")
    assert caught.value.hint == "log lines are from axon, governance"
    with pytest.raises(UsageError) as near:
        chosen_groups(groups, "axom")
    assert near.value.hint == "did you mean `axon`; log lines are from axon, governance"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)])
def test_durations(text: str, seconds: int) -> None:
    """A duration is a number and a unit."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "5w"])
def test_no_durations(text: str) -> None:
    """Anything else is refused with the flag's name."""
    with pytest.raises(UsageError, match="--since"):
        parse_duration(text)


def test_each_line_is_told_once_and_when_it_comes() -> None:
    """What was told is not told again; a line that comes late is told, whatever was told before it; two that
    are equal but for their ids are two.
    """

    def entries(*ids: str) -> list[LogEntry]:
        return [
            LogEntry(group="g", stream="s", timestamp="t", service="a", record={}, event_id=each)
            for each in ids
        ]

    readings = iter([entries("1", "3"), entries("1", "2", "3"), entries("2", "3", "4", "5")])
    pauses: list[None] = []
    following = follow_lines(lambda: next(readings), {"1"}, pause=lambda: pauses.append(None))
    told = [[line.event_id for line in next(following)] for _ in range(3)]
    assert told == [["3"], ["2"], ["4", "5"]]
    assert len(pauses) == 2
