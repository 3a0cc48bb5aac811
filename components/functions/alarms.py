"""The alarms of a function as resources."""

from __future__ import annotations

import pulumi
from pulumi_aws.cloudwatch.metric_alarm import MetricAlarm

from components.functions.alarm_plan import plan_alarms
from components.scope import Scope


def make_alarms(
    name: str,
    scope: Scope,
    *,
    physical_name: str,
    failure: str,
    function_name: pulumi.Input[str],
    alert_topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Make the alarms of `plan_alarms`; the topic gets a message when one begins and when it ends.

    `failure` says what an error kept the function from doing.
    """
    for alarm in plan_alarms(physical_name, failure):
        alarm_name = f"{physical_name}-{alarm.name}"
        MetricAlarm(
            f"{name}-{alarm.name}",
            name=alarm_name,
            alarm_description=f"{alarm.description}. {alarm.advice}",
            namespace="AWS/Lambda",
            metric_name=alarm.metric,
            dimensions={"FunctionName": function_name},
            statistic="Sum",
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            treat_missing_data="notBreaching",
            alarm_actions=[alert_topic_arn],
            ok_actions=[alert_topic_arn],
            tags=scope.tags(alarm_name),
            opts=opts,
        )
