"""Keys and their aliases (KMS)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Naming, Setting, arn, listed, names
from sandbox.provider.step import Step
from sandbox.provider.tagging import TagForm


def _set_rotation(step: Step) -> None:
    if not step.get("enableKeyRotation"):
        step.call("disable_key_rotation", KeyId=step.id)
        return
    period = step.get("rotationPeriodInDays")
    step.call(
        "enable_key_rotation", KeyId=step.id, **({"RotationPeriodInDays": int(period)} if period else {})
    )


def _set_enabled(step: Step) -> None:
    step.call("enable_key" if step.get("isEnabled") else "disable_key", KeyId=step.id)


def _set_policy(step: Step) -> None:
    """A policy that is no longer given stays as it is, as with the real provider."""
    if step.get("policy") is not None:
        step.do(Call("put_key_policy", ("policy",), given={"KeyId": "{id}", "PolicyName": "default"}))


def _read_key(step: Step) -> Properties | None:
    found: Properties = step.call("describe_key", KeyId=step.id)["KeyMetadata"]
    return None if found["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion") else found


KEY = Mapping(
    "aws:kms/key:Key",
    service="kms",
    create=Call(
        "create_key",
        listed("description keyUsage policy multiRegion customKeyStoreId xksKeyId"),
        rename={
            "customerMasterKeySpec": "KeySpec",
            "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
        },
        result="KeyMetadata",
    ),
    id="KeyId",
    outputs={"arn": "Arn", "keyId": "KeyId"},
    settings=(
        Setting(of=names("enableKeyRotation rotationPeriodInDays"), do=_set_rotation, at_creation=True),
        Setting(of=names("isEnabled"), do=_set_enabled, at_creation=True),
        Setting(of=names("policy"), do=_set_policy),
        Setting(
            of=names("description"),
            do=Call("update_key_description", ("description",), given={"KeyId": "{id}"}),
        ),
    ),
    defaults={"enableKeyRotation": False, "isEnabled": True, "deletionWindowInDays": 30, "description": ""},
    delete=Call(
        "schedule_key_deletion",
        rename={"deletionWindowInDays": "PendingWindowInDays"},
        given={"KeyId": "{id}"},
    ),
    read=_read_key,
    # KMSInvalidState: its deletion is scheduled already
    gone=names("NotFoundException KMSInvalidStateException"),
    replace_on=names("keyUsage customerMasterKeySpec multiRegion customKeyStoreId xksKeyId"),
    recorded=names("deletionWindowInDays bypassPolicyLockoutSafetyCheck"),
    tags=TagForm(key="TagKey", value="TagValue", subject="KeyId", subject_from="{id}"),
)


def _read_alias(step: Step) -> Properties:
    """DescribeKey takes an alias in a key's place."""
    return {"targetKeyArn": step.call("describe_key", KeyId=step.id)["KeyMetadata"]["Arn"]}


def _target_key_arn(step: Step) -> Properties:
    """A key is named by id or by ARN; the output is always the ARN."""
    target = str(step.get("targetKeyId"))
    return {"targetKeyArn": target if target.startswith("arn:") else step.fill(arn("kms", f"key/{target}"))}


def _retarget(step: Step) -> Properties:
    step.call("update_alias", AliasName=step.id, TargetKeyId=step.get("targetKeyId"))
    return _target_key_arn(step)


def _create_alias(step: Step) -> Properties:
    step.call("create_alias", AliasName=step.get("name"), TargetKeyId=step.get("targetKeyId"))
    return _target_key_arn(step)


ALIAS = Mapping(
    "aws:kms/alias:Alias",
    service="kms",
    create=_create_alias,
    id="{name}",
    outputs={"arn": arn("kms", "{name}"), "targetKeyArn": "targetKeyArn"},
    volatile_outputs=names("targetKeyArn"),
    settings=(Setting(of=names("targetKeyId"), do=_retarget),),
    delete=Call("delete_alias", given={"AliasName": "{id}"}),
    read=_read_alias,
    gone=names("NotFoundException"),
    replace_on=names("name namePrefix"),
    naming=Naming(stem="alias/"),
    unique_name=True,
)

MAPPINGS = (KEY, ALIAS)
