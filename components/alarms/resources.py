"""The alarms of a service as resources."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.cloudwatch.composite_alarm import CompositeAlarm
from pulumi_aws.cloudwatch.metric_alarm import MetricAlarm

from components.alarms.plan import CompositeAlarmPlan, MetricAlarmPlan, WatchedMetric
from components.alarms.service_alarms import ServiceAlarmPlan
from components.scope import Scope


class ServiceConditions(pulumi.ComponentResource):
    """The metric alarms of a service: its conditions, each without an action. OBS-3."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        plan: ServiceAlarmPlan,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:alarms:ServiceConditions", name, None, opts)
        self.alarms = tuple(self._make(name, scope, alarm) for alarm in plan.metric_alarms)
        self.register_outputs({"names": [alarm.name for alarm in self.alarms]})

    def _make(self, service: str, scope: Scope, alarm: MetricAlarmPlan) -> MetricAlarm:
        return MetricAlarm(
            f"{service}-{alarm.kind}",
            name=alarm.name,
            alarm_description=f"{alarm.meaning}. {alarm.advice}",
            metric_queries=[
                {"id": "value", "expression": alarm.expression, "label": alarm.kind, "return_data": True},
                *(_query(measure, alarm.period) for measure in alarm.measures),
            ],
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing.value,
            tags=scope.tags(alarm.name, service=service),
            opts=pulumi.ResourceOptions(parent=self),
        )


class ServiceAlarm(pulumi.ComponentResource):
    """The composite alarms of a service; `name` is the one that deployments roll back on. OBS-3, DEL-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        plan: ServiceAlarmPlan,
        *,
        alert_topic_arn: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`after` are the conditions of the service and of those that it calls: a rule names what exists."""
        super().__init__("myelin:alarms:ServiceAlarm", name, None, opts)
        made: dict[str, CompositeAlarm] = {}
        for alarm in plan.composites:
            made[alarm.name] = self._make(name, scope, alarm, alert_topic_arn, [*after, *made.values()])
        self.name: pulumi.Output[str] = made[plan.name].alarm_name
        self.register_outputs({"name": self.name})

    def _make(
        self,
        service: str,
        scope: Scope,
        alarm: CompositeAlarmPlan,
        topic: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
    ) -> CompositeAlarm:
        actions = [topic] if alarm.notifies else None
        suppressor = alarm.suppressor
        return CompositeAlarm(
            f"{service}-{alarm.kind}" if alarm.kind else service,
            alarm_name=alarm.name,
            alarm_description=f"{alarm.meaning}. {alarm.advice}",
            alarm_rule=alarm.rule,
            alarm_actions=actions,
            ok_actions=actions,
            actions_suppressor=(
                {
                    "alarm": suppressor.alarm,
                    "wait_period": suppressor.wait,
                    "extension_period": suppressor.extension,
                }
                if suppressor
                else None
            ),
            tags=scope.tags(alarm.name, service=service),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def _query(measure: WatchedMetric, period: int) -> dict[str, object]:
    return {
        "id": measure.id,
        "metric": {
            "namespace": measure.namespace,
            "metric_name": measure.metric,
            "dimensions": dict(measure.dimensions),
            "period": period,
            "stat": measure.statistic,
        },
        "return_data": False,
    }
