"""Alarms over alarms (CloudWatch)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm

_INPUTS = "actionsEnabled alarmActions alarmDescription alarmRule insufficientDataActions okActions"
_TAGS = TagForm(subject="ResourceARN")


def _put_alarm(step: ResourceStep) -> Properties:
    """Put the whole alarm; PutCompositeAlarm ignores tags unless the alarm is new."""
    wanted = {name: step.get(name) for name in name_list(_INPUTS)}
    suppressor = step.get("actionsSuppressor") or {}
    wanted |= {
        "actionsSuppressor": suppressor.get("alarm"),
        "actionsSuppressorWaitPeriod": suppressor.get("waitPeriod"),
        "actionsSuppressorExtensionPeriod": suppressor.get("extensionPeriod"),
    }
    arguments = step.arguments("put_composite_alarm", {**wanted, "alarmName": step.get("alarmName")}, {})
    step.call("put_composite_alarm", **arguments, **_TAGS.creation_arguments(step.inputs.get("tags") or {}))
    return {}


COMPOSITE_ALARM = ResourceMapping(
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    service="cloudwatch",
    create=_put_alarm,
    id="{alarmName}",
    outputs={"arn": regional_arn("cloudwatch", "alarm:{alarmName}")},
    settings=(Setting(of=name_set(_INPUTS, "actionsSuppressor") - {"actionsEnabled"}, do=_put_alarm),),
    delete=ApiCall("delete_alarms", given={"AlarmNames": ["{id}"]}),
    read=ApiCall(
        "describe_alarms",
        given={"AlarmNames": ["{id}"], "AlarmTypes": ["CompositeAlarm"]},
        result="CompositeAlarms[0]",
    ),
    not_found=name_set("ResourceNotFound ResourceNotFoundException"),
    replace_on=name_set("alarmName actionsEnabled"),
    defaults={"actionsEnabled": True},
    naming=Naming(property="alarmName", prefix=None),
    unique_name=True,
    tags=_TAGS,
)

MAPPINGS = (COMPOSITE_ALARM,)
