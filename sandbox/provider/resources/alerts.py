"""Topics that alerts go to (SNS) and alarms that send them (CloudWatch)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm

_TOPIC_ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "displayName": "DisplayName",
    "deliveryPolicy": "DeliveryPolicy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "fifoTopic": "FifoTopic",
}
_TOPIC_TAGS = TagForm()


def _attribute(step: ResourceStep, name: str) -> str:
    """An input as a topic attribute, which is always a string."""
    wanted = step.arguments("set_topic_attributes", {"attributeValue": step.get(name)}, {})
    return str(wanted.get("AttributeValue", ""))


def _create_topic(step: ResourceStep) -> Properties:
    given = {
        attribute: _attribute(step, name)
        for name, attribute in _TOPIC_ATTRIBUTES.items()
        if step.inputs.get(name) is not None
    }
    return step.call(
        "create_topic",
        Name=step.get("name"),
        **({"Attributes": given} if given else {}),
        **_TOPIC_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )


def _set_topic_attributes(step: ResourceStep) -> None:
    for name, attribute in _TOPIC_ATTRIBUTES.items():
        if name in step.changed:
            step.call(
                "set_topic_attributes",
                TopicArn=step.id,
                AttributeName=attribute,
                AttributeValue=_attribute(step, name),
            )


TOPIC = ResourceMapping(
    "aws:sns/topic:Topic",
    service="sns",
    create=_create_topic,
    id="TopicArn",
    outputs={"arn": "TopicArn", "owner": "{account}"},
    settings=(Setting(of=name_set(*_TOPIC_ATTRIBUTES) - {"fifoTopic"}, do=_set_topic_attributes),),
    delete=ApiCall("delete_topic", given={"TopicArn": "{id}"}),
    read=ApiCall("get_topic_attributes", given={"TopicArn": "{id}"}, result="Attributes"),
    not_found=name_set("NotFound NotFoundException"),
    replace_on=name_set("name namePrefix fifoTopic"),
    naming=Naming(limit=256),
    unique_name=True,
    tags=_TOPIC_TAGS,
)

_SUBSCRIPTION_ATTRIBUTES = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "deliveryPolicy": "DeliveryPolicy",
    "redrivePolicy": "RedrivePolicy",
}


def _subscription_attribute(step: ResourceStep, name: str) -> str:
    """An input as an attribute, which is always a string."""
    value = step.get(name)
    return str(value).lower() if isinstance(value, bool) else str(value if value is not None else "")


def _subscribe(step: ResourceStep) -> Properties:
    given = {
        attribute: _subscription_attribute(step, name)
        for name, attribute in _SUBSCRIPTION_ATTRIBUTES.items()
        if step.inputs.get(name) is not None
    }
    return step.call(
        "subscribe",
        TopicArn=step.get("topic"),
        Protocol=step.get("protocol"),
        Endpoint=step.get("endpoint"),
        ReturnSubscriptionArn=True,
        **({"Attributes": given} if given else {}),
    )


def _set_subscription_attributes(step: ResourceStep) -> None:
    for name, attribute in _SUBSCRIPTION_ATTRIBUTES.items():
        if name in step.changed:
            step.call(
                "set_subscription_attributes",
                SubscriptionArn=step.id,
                AttributeName=attribute,
                AttributeValue=_subscription_attribute(step, name),
            )


SUBSCRIPTION = ResourceMapping(
    "aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    create=_subscribe,
    id="SubscriptionArn",
    outputs={"arn": "SubscriptionArn", "ownerId": "{account}"},
    settings=(Setting(of=name_set(*_SUBSCRIPTION_ATTRIBUTES), do=_set_subscription_attributes),),
    delete=ApiCall("unsubscribe", given={"SubscriptionArn": "{id}"}),
    read=ApiCall("get_subscription_attributes", given={"SubscriptionArn": "{id}"}, result="Attributes"),
    not_found=name_set("NotFound NotFoundException"),
    replace_on=name_set("topic protocol endpoint"),
    recorded=name_set("endpointAutoConfirms confirmationTimeoutInMinutes"),
)

_ALARM_INPUTS = (
    "alarmDescription actionsEnabled alarmActions okActions insufficientDataActions metricName namespace "
    "statistic extendedStatistic period unit evaluationPeriods datapointsToAlarm threshold "
    "comparisonOperator treatMissingData evaluateLowSampleCountPercentiles "
    "thresholdMetricId dimensions metricQueries"
)
_ALARM_TAGS = TagForm(subject="ResourceARN")


def _dimensions(values: dict[str, str] | None) -> list[dict[str, str]] | None:
    """Turn Pulumi's object of dimensions into the API's list of names and values."""
    return None if values is None else [{"name": name, "value": str(values[name])} for name in sorted(values)]


def _metric_query(query: Properties) -> Properties:
    """Turn a metric query into the API's form, where period and statistic are beside the metric."""
    flat = {name: value for name, value in query.items() if name != "metric"}
    metric: dict[str, Any] | None = query.get("metric")
    if metric is None:
        return flat
    what = {"namespace": metric.get("namespace"), "metricName": metric.get("metricName")}
    stat = {name: metric.get(name) for name in ("period", "stat", "unit")}
    return {
        **flat,
        "metricStat": {"metric": {**what, "dimensions": _dimensions(metric.get("dimensions"))}, **stat},
    }


def _put_alarm(step: ResourceStep) -> Properties:
    """Put the whole alarm; PutMetricAlarm ignores tags unless the alarm is new."""
    wanted = {name: step.get(name) for name in name_list(_ALARM_INPUTS)}
    wanted["dimensions"] = _dimensions(wanted["dimensions"])
    queries = wanted.pop("metricQueries")
    wanted["metrics"] = [_metric_query(query) for query in queries] if queries else None
    arguments = step.arguments("put_metric_alarm", {**wanted, "alarmName": step.get("name")}, {})
    step.call(
        "put_metric_alarm", **arguments, **_ALARM_TAGS.creation_arguments(step.inputs.get("tags") or {})
    )
    return {}


METRIC_ALARM = ResourceMapping(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    create=_put_alarm,
    id="{name}",
    outputs={"arn": regional_arn("cloudwatch", "alarm:{name}")},
    settings=(Setting(of=name_set(_ALARM_INPUTS), do=_put_alarm),),
    delete=ApiCall("delete_alarms", given={"AlarmNames": ["{id}"]}),
    read=ApiCall("describe_alarms", given={"AlarmNames": ["{id}"]}, result="MetricAlarms[0]"),
    not_found=name_set("ResourceNotFound ResourceNotFoundException"),
    replace_on=name_set("name"),
    defaults={"actionsEnabled": True, "treatMissingData": "missing"},
    naming=Naming(prefix=None),
    unique_name=True,
    tags=_ALARM_TAGS,
)

MAPPINGS = (TOPIC, SUBSCRIPTION, METRIC_ALARM)
