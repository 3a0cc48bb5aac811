"""Alarms over alarms."""

from __future__ import annotations

from typing import Any

from sandbox.provider.resources import composite_alarms
from tests.support.provider.world import Walk, World, tags_of

_TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"


def _look(world: World, state: Any) -> Any:
    cloudwatch = world.aws("cloudwatch")
    answer = cloudwatch.describe_alarms(AlarmNames=[state.id], AlarmTypes=["CompositeAlarm"])
    (found,) = answer["CompositeAlarms"]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=state.outputs["arn"])["Tags"]
    suppressor = found.get("ActionsSuppressor"), found.get("ActionsSuppressorWaitPeriod")
    return found["AlarmRule"], len(found["AlarmActions"]), suppressor, tags_of(tags)


CASES: dict[str, dict[str, Any]] = {
    "composite alarm": {
        "token": composite_alarms.COMPOSITE_ALARM.token,
        "inputs": lambda w: {
            "alarmName": w.unique("whole"),
            "alarmDescription": "d",
            "alarmRule": 'ALARM("a") OR ALARM("b")',
            "alarmActions": [_TOPIC],
            "actionsSuppressor": {"alarm": "other", "waitPeriod": 120, "extensionPeriod": 180},
            "tags": {"a": "1"},
        },
        "look": _look,
        "created": ('ALARM("a") OR ALARM("b")', 1, ("other", 120), {"a": "1"}),
        "outputs": "arn",
        "change": {"alarmRule": 'ALARM("a")', "actionsSuppressor": None, "tags": {"b": "2"}},
        "updated": ('ALARM("a")', 1, (None, None), {"b": "2"}),
    },
}


def test_it_lives_and_dies(walk: Walk) -> None:
    """Made, seen, changed in place, and removed twice (OBS-3)."""
    for case in CASES.values():
        walk(case)
