"""The alarms of a deployment, as they are read."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.cloud.scheduler.alarm_states import AlarmSight, AlarmStates


class CloudWatch:
    """One metric alarm and one composite."""

    def describe_alarms(self, **asked: Any) -> Any:
        assert asked["AlarmNames"] == ["errors", "either"]
        return {
            "MetricAlarms": [
                {"AlarmName": "errors", "StateValue": "OK", "Period": 60, "EvaluationPeriods": 3}
            ],
            "CompositeAlarms": [{"AlarmName": "either", "StateValue": "ALARM"}],
        }


def test_alarms_are_unknown_until_they_were_read() -> None:
    """Then it is known which are red, and how many minutes the slowest needs."""

    async def run() -> tuple[Any, Any, Any]:
        changed = asyncio.Event()
        states = AlarmStates(lambda _: CloudWatch(), changed.set)
        before = states.look(("errors", "either"))
        await asyncio.wait_for(changed.wait(), 30)
        return before, states.look(("errors", "either")), states.look(())

    before, after, none = asyncio.run(run())
    assert before is None
    assert after == AlarmSight(red=frozenset({"either"}), minutes=3)
    assert none == AlarmSight()
