"""Keys and their aliases (KMS)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm


def _set_rotation(step: ResourceStep) -> None:
    if not step.get("enableKeyRotation"):
        step.call("disable_key_rotation", KeyId=step.id)
        return
    period = step.get("rotationPeriodInDays")
    step.call(
        "enable_key_rotation", KeyId=step.id, **({"RotationPeriodInDays": int(period)} if period else {})
    )


def _set_enabled(step: ResourceStep) -> None:
    step.call("enable_key" if step.get("isEnabled") else "disable_key", KeyId=step.id)


def _set_policy(step: ResourceStep) -> None:
    """Set the key's policy; one that is no longer given stays as it is, as with the real provider."""
    if step.get("policy") is not None:
        step.do(ApiCall("put_key_policy", ("policy",), given={"KeyId": "{id}", "PolicyName": "default"}))


def _read_key(step: ResourceStep) -> Properties | None:
    found: Properties = step.call("describe_key", KeyId=step.id)["KeyMetadata"]
    return None if found["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion") else found


KEY = ResourceMapping(
    "aws:kms/key:Key",
    service="kms",
    create=ApiCall(
        "create_key",
        name_list("description keyUsage policy multiRegion customKeyStoreId xksKeyId"),
        rename={
            "customerMasterKeySpec": "KeySpec",
            "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
        },
        result="KeyMetadata",
    ),
    id="KeyId",
    outputs={"arn": "Arn", "keyId": "KeyId"},
    settings=(
        Setting(of=name_set("enableKeyRotation rotationPeriodInDays"), do=_set_rotation, at_creation=True),
        Setting(of=name_set("isEnabled"), do=_set_enabled, at_creation=True),
        Setting(of=name_set("policy"), do=_set_policy),
        Setting(
            of=name_set("description"),
            do=ApiCall("update_key_description", ("description",), given={"KeyId": "{id}"}),
        ),
    ),
    defaults={"enableKeyRotation": False, "isEnabled": True, "deletionWindowInDays": 30, "description": ""},
    delete=ApiCall(
        "schedule_key_deletion",
        rename={"deletionWindowInDays": "PendingWindowInDays"},
        given={"KeyId": "{id}"},
    ),
    read=_read_key,
    # KMSInvalidState: its deletion is scheduled already
    not_found=name_set("NotFoundException KMSInvalidStateException"),
    replace_on=name_set("keyUsage customerMasterKeySpec multiRegion customKeyStoreId xksKeyId"),
    recorded=name_set("deletionWindowInDays bypassPolicyLockoutSafetyCheck"),
    tags=TagForm(key="TagKey", value="TagValue", subject="KeyId", subject_from="{id}"),
)


def _read_alias(step: ResourceStep) -> Properties:
    """Read an alias through DescribeKey, which takes an alias for a key."""
    return {"targetKeyArn": step.call("describe_key", KeyId=step.id)["KeyMetadata"]["Arn"]}


def _target_key_arn(step: ResourceStep) -> Properties:
    """The ARN of the target key, which may be named by id or by ARN."""
    target = str(step.get("targetKeyId"))
    return {
        "targetKeyArn": target
        if target.startswith("arn:")
        else step.fill(regional_arn("kms", f"key/{target}"))
    }


def _retarget(step: ResourceStep) -> Properties:
    step.call("update_alias", AliasName=step.id, TargetKeyId=step.get("targetKeyId"))
    return _target_key_arn(step)


def _create_alias(step: ResourceStep) -> Properties:
    step.call("create_alias", AliasName=step.get("name"), TargetKeyId=step.get("targetKeyId"))
    return _target_key_arn(step)


ALIAS = ResourceMapping(
    "aws:kms/alias:Alias",
    service="kms",
    create=_create_alias,
    id="{name}",
    outputs={"arn": regional_arn("kms", "{name}"), "targetKeyArn": "targetKeyArn"},
    volatile_outputs=name_set("targetKeyArn"),
    settings=(Setting(of=name_set("targetKeyId"), do=_retarget),),
    delete=ApiCall("delete_alias", given={"AliasName": "{id}"}),
    read=_read_alias,
    not_found=name_set("NotFoundException"),
    replace_on=name_set("name namePrefix"),
    naming=Naming(stem="alias/"),
    unique_name=True,
)

MAPPINGS = (KEY, ALIAS)
