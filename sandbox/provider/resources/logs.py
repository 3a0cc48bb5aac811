"""Log groups (CloudWatch Logs)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Mapping, Naming, Setting, arn, listed, names
from sandbox.provider.step import NOT_IMPLEMENTED, Step, absent_is_fine
from sandbox.provider.tagging import TagForm


def _set_retention(step: Step) -> None:
    days = int(step.get("retentionInDays") or 0)
    if days:
        step.call("put_retention_policy", logGroupName=step.id, retentionInDays=days)
    else:
        step.call("delete_retention_policy", logGroupName=step.id)


def _set_key(step: Step) -> None:
    """The emulator lacks these two calls, and keeps the key that the group was made with."""
    key = step.get("kmsKeyId")
    try:
        if key:
            step.call("associate_kms_key", logGroupName=step.id, kmsKeyId=key)
        else:
            step.call("disassociate_kms_key", logGroupName=step.id)
    except ApiError as error:
        absent_is_fine(error, NOT_IMPLEMENTED)


def _set_protection(step: Step) -> None:
    protected = bool(step.get("deletionProtectionEnabled"))
    try:
        step.call(
            "put_log_group_deletion_protection",
            logGroupIdentifier=step.id,
            deletionProtectionEnabled=protected,
        )
    except ApiError as error:
        absent_is_fine(error, NOT_IMPLEMENTED)


def _delete_log_group(step: Step) -> None:
    if not step.get("skipDestroy"):
        step.call("delete_log_group", logGroupName=step.id)


def _read_log_group(step: Step) -> Properties | None:
    found = step.call("describe_log_groups", logGroupNamePrefix=step.id)["logGroups"]
    return next((group for group in found if group["logGroupName"] == step.id), None)


LOG_GROUP = Mapping(
    "aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create=Call(
        "create_log_group",
        listed("kmsKeyId logGroupClass deletionProtectionEnabled"),
        rename={"name": "logGroupName"},
    ),
    id="{name}",
    outputs={"arn": arn("logs", "log-group:{name}")},
    settings=(
        Setting(of=names("retentionInDays"), do=_set_retention, at_creation=True),
        Setting(of=names("kmsKeyId"), do=_set_key),
        Setting(of=names("deletionProtectionEnabled"), do=_set_protection),
    ),
    delete=_delete_log_group,
    read=_read_log_group,
    gone=names("ResourceNotFoundException"),
    replace_on=names("name namePrefix logGroupClass"),
    recorded=names("skipDestroy"),
    defaults={"retentionInDays": 0},
    naming=Naming(limit=512),
    unique_name=True,
    tags=TagForm(argument="tags", key=None, subject="resourceArn", keys_argument="tagKeys"),
)

MAPPINGS = (LOG_GROUP,)
