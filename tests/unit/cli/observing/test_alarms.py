"""Alarms as `myelin alarms` reads and writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.errors import NotDeployedError, UsageError
from cli.observing.alarms import alarm_lines, alarms_document, read_alarms
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=3)


class CloudWatch:
    """Alarms by name and state, as DescribeAlarms answers them, a page for each."""

    def __init__(self, **states: str) -> None:
        self.states = states

    def get_paginator(self, operation: str) -> CloudWatch:
        assert operation == "describe_alarms"
        return self

    def paginate(self, AlarmNamePrefix: str, AlarmTypes: list[str]) -> Iterator[dict[str, Any]]:  # noqa: N803
        for name, state in self.states.items():
            if name.startswith(AlarmNamePrefix):
                composite = name.count("/") == 1
                assert ("CompositeAlarm" if composite else "MetricAlarm") in AlarmTypes
                described = {
                    "AlarmName": name,
                    "StateValue": state,
                    "StateReason": "because",
                    "AlarmDescription": "what it means",
                    "AlarmActions": ["topic"] if composite else [],
                    "StateTransitionedTimestamp": SINCE,
                }
                yield {"CompositeAlarms" if composite else "MetricAlarms": [described]}


def _world(folder: Path, states: dict[str, str]) -> FakeWorld:
    return fake_world(folder, recorded=dict(OUTPUTS), clients={"cloudwatch": CloudWatch(**states)})


STATES = {
    "dev/axon": "ALARM",
    "dev/axon/errors": "ALARM",
    "dev/axon/down": "OK",
    "dev/axon/latency": "INSUFFICIENT_DATA",
    "dev-governance-admin-errors": "OK",
    "dev-governance-decide-errors": "OK",
    "dev-something-else": "ALARM",
}


def test_alarms_are_read_with_their_owner_and_what_they_roll_back(tmp_path: Path) -> None:
    """OBS-3, DEL-1: services first; an alarm of somebody else's is left out."""
    found = read_alarms(_world(tmp_path, STATES), "")
    assert [(one.name, one.owner, one.rolls_back) for one in found] == [
        ("dev/axon", "axon", "axon"),
        ("dev/axon/down", "axon", ""),
        ("dev/axon/errors", "axon", ""),
        ("dev/axon/latency", "axon", ""),
        ("dev-governance-admin-errors", "governance-admin", ""),
        ("dev-governance-decide-errors", "governance", ""),
    ]
    assert [one.owner for one in read_alarms(_world(tmp_path, STATES), "governance")] == ["governance"]


def test_lines_say_why_and_what_follows(tmp_path: Path) -> None:
    """What is ok and tells nobody is counted, and shown on demand."""
    found = read_alarms(_world(tmp_path, STATES), "axon")
    lines = list(alarm_lines(found, whole=False, now=NOW))
    assert "red" in lines[0]
    assert lines[0].endswith("axon          for 3 min  (rolls back a deployment of axon)")
    assert lines[1:3] == ["        because", "        what it means"]
    assert lines[-1] == "2 red, 1 unknown, 1 ok; --all shows all 4"
    assert not any("axon/down" in line for line in lines)
    whole = list(alarm_lines(found, whole=True, now=NOW))
    assert any("axon/down" in line for line in whole)
    assert whole[-1] == "2 red, 1 unknown, 1 ok"


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 s"), (60, "1 min"), (7200, "2 h"), (200_000, "2 d")])
def test_an_age_has_one_unit(tmp_path: Path, seconds: int, said: str) -> None:
    """It is to be read at a glance."""
    found = read_alarms(_world(tmp_path, {"dev/axon": "OK"}))
    lines = list(alarm_lines(found, whole=False, now=SINCE + timedelta(seconds=seconds)))
    assert f"for {said}" in lines[0]
    assert "would roll back" in lines[0]


def test_the_document_has_all_of_it(tmp_path: Path) -> None:
    """Times in UTC, and null for what there is not."""
    document = alarms_document("dev", read_alarms(_world(tmp_path, {"dev/axon/down": "OK"})))
    assert document == {
        "environment": "dev",
        "red": 0,
        "unknown": 0,
        "alarms": [
            {
                "name": "dev/axon/down",
                "owner": "axon",
                "state": "OK",
                "reason": "because",
                "since": "2026-01-01T11:57:00+00:00",
                "description": "what it means",
                "tells": False,
                "rolls_back": None,
                "suppressed_by": None,
            }
        ],
    }


def test_an_owner_that_there_is_not_is_named(tmp_path: Path) -> None:
    """With the nearest."""
    with pytest.raises(UsageError, match="no service or function `axn`") as caught:
        read_alarms(_world(tmp_path, STATES), "axn")
    assert "did you mean `axon`" in caught.value.hint


def test_nothing_deployed_has_no_alarms(tmp_path: Path) -> None:
    """It is said so."""
    with pytest.raises(NotDeployedError):
        read_alarms(fake_world(tmp_path))


def test_what_keeps_another_alarm_quiet_is_shown_on_demand_alone(tmp_path: Path) -> None:
    """It is red with what it watches, and would count the cause twice."""
    found = read_alarms(
        _world(tmp_path, {"dev/axon/burn-slow-known": "ALARM", "dev/axon/callees-down": "ALARM"})
    )
    assert list(alarm_lines(found, whole=False, now=NOW)) == ["0 red, 0 unknown, 0 ok; --all shows all 2"]
    assert len([line for line in alarm_lines(found, whole=True, now=NOW) if "red " in line]) >= 2
