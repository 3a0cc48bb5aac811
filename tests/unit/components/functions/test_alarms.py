"""The alarms of a function, as a plan and as resources. GOV-1."""

from __future__ import annotations

import pulumi

from components.functions.alarm_plan import plan_alarms
from components.functions.alarms import make_alarms
from tests.support.recording.component import SCOPE, record_component


def test_any_error_and_any_throttle_raises_an_alarm() -> None:
    """GOV-1: one in a minute is enough."""
    assert [(one.metric, one.name, one.threshold, one.period) for one in plan_alarms("f", "decide")] == [
        ("Errors", "errors", 0, 60),
        ("Throttles", "throttles", 0, 60),
    ]


class _Owner(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("myelin:functions:Owner", "f", None, None)
        make_alarms(
            "f",
            SCOPE,
            physical_name="dev-f",
            failure="answer",
            function_name="dev-f",
            alert_topic_arn="arn:alerts",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def test_alarms_count_calls_of_one_function() -> None:
    """The topic hears of an alarm's begin and end; no calls are no alarm."""
    alarms = [
        one.inputs for one in record_component(_Owner).graph.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    ]
    assert [(alarm["name"], alarm["alarmDescription"].partition(". ")[0]) for alarm in alarms] == [
        ("dev-f-errors", "dev-f failed to answer"),
        ("dev-f-throttles", "dev-f was not let run"),
    ]
    for alarm in alarms:
        assert (alarm["namespace"], alarm["dimensions"]) == ("AWS/Lambda", {"FunctionName": "dev-f"})
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:alerts"]
        assert alarm["treatMissingData"] == "notBreaching"
