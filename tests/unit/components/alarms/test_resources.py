"""The alarms of a service as resources. OBS-3, DEL-1."""

from __future__ import annotations

import pulumi

from components.alarms.resources import ServiceAlarm, ServiceConditions
from components.alarms.service_alarms import plan_service_alarms
from tests.support.recording.component import SCOPE, record_component
from tests.support.recording.declarations import services_calling

METRIC, COMPOSITE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SERVICES = services_calling(orbit=("axon",), axon=())
PLAN = plan_service_alarms(SCOPE.names, SERVICES, SERVICES.get("orbit"))


def _conditions() -> pulumi.ComponentResource:
    return ServiceConditions("orbit", SCOPE, PLAN)


def _whole() -> pulumi.ComponentResource:
    return ServiceAlarm("orbit", SCOPE, PLAN, alert_topic_arn="arn:alerts", after=[])


def test_a_condition_is_an_expression_over_metrics_and_acts_on_nothing() -> None:
    """OBS-3: the value is the expression's alone, all metrics have the alarm's period."""
    made = {one.inputs["name"]: one for one in record_component(_conditions).graph.of(METRIC)}
    assert made.keys() == {alarm.name for alarm in PLAN.metric_alarms}
    for plan in PLAN.metric_alarms:
        one = made[plan.name]
        assert "alarmActions" not in one.inputs
        expression, *metrics = one.inputs["metricQueries"]
        assert (expression["expression"], expression["returnData"]) == (plan.expression, True)
        assert [query["metric"]["period"] for query in metrics] == [plan.period] * len(plan.measures)
        assert not any(query["returnData"] for query in metrics)
        assert plan.advice in one.inputs["alarmDescription"]


def test_the_topic_hears_of_the_whole_when_it_begins_and_when_it_ends() -> None:
    """OBS-3: and of nothing else but burn rates; the suppressor has both periods."""
    found = record_component(_whole)
    made = {one.inputs["alarmName"]: one.inputs for one in found.graph.of(COMPOSITE)}
    assert made["dev/orbit"]["alarmActions"] == made["dev/orbit"]["okActions"] == ["arn:alerts"]
    assert made["dev/orbit"]["actionsSuppressor"] == {
        "alarm": "dev/axon/down",
        "waitPeriod": 120,
        "extensionPeriod": 180,
    }
    assert "alarmActions" not in made["dev/orbit/burn-medium-known"]
    assert found.outputs == {"name": "dev/orbit"}
