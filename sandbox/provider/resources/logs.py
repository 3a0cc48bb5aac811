"""Log groups (CloudWatch Logs)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import NOT_IMPLEMENTED, ResourceStep, ignore_codes
from sandbox.provider.tagging import TagForm


def _set_retention(step: ResourceStep) -> None:
    days = int(step.get("retentionInDays") or 0)
    if days:
        step.call("put_retention_policy", logGroupName=step.id, retentionInDays=days)
    else:
        step.call("delete_retention_policy", logGroupName=step.id)


def _set_key(step: ResourceStep) -> None:
    """Set or remove the group's key; the emulator lacks both calls, and keeps the first key."""
    key = step.get("kmsKeyId")
    try:
        if key:
            step.call("associate_kms_key", logGroupName=step.id, kmsKeyId=key)
        else:
            step.call("disassociate_kms_key", logGroupName=step.id)
    except ApiError as error:
        ignore_codes(error, NOT_IMPLEMENTED)


def _set_protection(step: ResourceStep) -> None:
    protected = bool(step.get("deletionProtectionEnabled"))
    try:
        step.call(
            "put_log_group_deletion_protection",
            logGroupIdentifier=step.id,
            deletionProtectionEnabled=protected,
        )
    except ApiError as error:
        ignore_codes(error, NOT_IMPLEMENTED)


def _delete_log_group(step: ResourceStep) -> None:
    if not step.get("skipDestroy"):
        step.call("delete_log_group", logGroupName=step.id)


def _read_log_group(step: ResourceStep) -> Properties | None:
    found = step.call("describe_log_groups", logGroupNamePrefix=step.id)["logGroups"]
    return next((group for group in found if group["logGroupName"] == step.id), None)


LOG_GROUP = ResourceMapping(
    "aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create=ApiCall(
        "create_log_group",
        name_list("kmsKeyId logGroupClass deletionProtectionEnabled"),
        rename={"name": "logGroupName"},
    ),
    id="{name}",
    outputs={"arn": regional_arn("logs", "log-group:{name}")},
    settings=(
        Setting(of=name_set("retentionInDays"), do=_set_retention, at_creation=True),
        Setting(of=name_set("kmsKeyId"), do=_set_key),
        Setting(of=name_set("deletionProtectionEnabled"), do=_set_protection),
    ),
    delete=_delete_log_group,
    read=_read_log_group,
    not_found=name_set("ResourceNotFoundException"),
    replace_on=name_set("name namePrefix logGroupClass"),
    recorded=name_set("skipDestroy"),
    defaults={"retentionInDays": 0},
    naming=Naming(limit=512),
    unique_name=True,
    tags=TagForm(argument="tags", key=None, subject="resourceArn", keys_argument="tagKeys"),
)

MAPPINGS = (LOG_GROUP,)
