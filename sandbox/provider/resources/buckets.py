"""Buckets and their settings (S3)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_set
from sandbox.provider.resource_step import ResourceStep

_NOT_FOUND = name_set("NoSuchBucket 404")


def _tag_set(step: ResourceStep) -> list[Properties]:
    return [{"Key": name, "Value": value} for name, value in (step.get("tags") or {}).items()]


def _set_tags(step: ResourceStep) -> None:
    tags = _tag_set(step)
    if tags:
        step.call("put_bucket_tagging", Bucket=step.id, Tagging={"TagSet": tags})
    elif step.before:
        step.call("delete_bucket_tagging", Bucket=step.id)


def _create_bucket(step: ResourceStep) -> Properties:
    arguments: Properties = {"Bucket": step.get("bucket")}
    region = step.fill("{region}")
    if region != "us-east-1":  # the one region that may not be named
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if step.get("objectLockEnabled"):
        arguments["ObjectLockEnabledForBucket"] = True
    return step.call("create_bucket", **arguments)


def _delete_bucket(step: ResourceStep) -> None:
    if step.get("forceDestroy"):
        _empty(step)
    step.call("delete_bucket", Bucket=step.id)


def _empty(step: ResourceStep) -> None:
    """Delete all versions of all objects, also those locked in governance mode."""
    while True:
        found = step.call("list_object_versions", Bucket=step.id)
        versions = [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]
        if not versions:
            return
        for version in versions:
            step.call(
                "delete_object",
                Bucket=step.id,
                Key=version["Key"],
                VersionId=version["VersionId"],
                BypassGovernanceRetention=True,
            )


BUCKET = ResourceMapping(
    "aws:s3/bucket:Bucket",
    service="s3",
    create=_create_bucket,
    id="{bucket}",
    outputs={
        "arn": "arn:{partition}:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.{dns_suffix}",
        "bucketRegion": "{region}",
    },
    settings=(Setting(of=name_set("tags"), do=_set_tags, at_creation=True),),
    delete=_delete_bucket,
    read=ApiCall("head_bucket", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND,
    replace_on=name_set("bucket bucketPrefix objectLockEnabled"),
    recorded=name_set("forceDestroy"),
    defaults={"objectLockEnabled": False, "forceDestroy": False},
    naming=Naming(property="bucket", prefix="bucketPrefix", limit=63),
    unique_name=True,
)


def _set_lock(step: ResourceStep) -> Properties:
    retention = ((step.get("rule") or {}).get("defaultRetention")) or {}
    rule: Properties = {"Mode": retention.get("mode")}
    rule |= {unit.title(): int(retention[unit]) for unit in ("days", "years") if retention.get(unit)}
    step.call(
        "put_object_lock_configuration",
        Bucket=step.get("bucket"),
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}},
    )
    return {}


LOCK = ResourceMapping(
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    service="s3",
    create=_set_lock,
    id="{bucket}",
    settings=(Setting(of=name_set("rule"), do=_set_lock),),
    # a bucket that has a lock keeps it
    delete=None,
    read=ApiCall("get_object_lock_configuration", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND | name_set("ObjectLockConfigurationNotFoundError"),
    replace_on=name_set("bucket"),
    unique_name=True,
)


def _set_encryption(step: ResourceStep) -> Properties:
    rules: list[Any] = []
    for rule in step.get("rules") or ():
        wanted = rule.get("applyServerSideEncryptionByDefault") or {}
        default = {"SSEAlgorithm": wanted.get("sseAlgorithm"), "KMSMasterKeyID": wanted.get("kmsMasterKeyId")}
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": {k: v for k, v in default.items() if v},
                "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled")),
            }
        )
    step.call(
        "put_bucket_encryption",
        Bucket=step.get("bucket"),
        ServerSideEncryptionConfiguration={"Rules": rules},
    )
    return {}


ENCRYPTION = ResourceMapping(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    service="s3",
    create=_set_encryption,
    id="{bucket}",
    settings=(Setting(of=name_set("rules"), do=_set_encryption),),
    delete=ApiCall("delete_bucket_encryption", given={"Bucket": "{id}"}),
    read=ApiCall("get_bucket_encryption", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND | name_set("ServerSideEncryptionConfigurationNotFoundError"),
    replace_on=name_set("bucket"),
    unique_name=True,
)

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _set_block(step: ResourceStep) -> Properties:
    wanted = {name[0].upper() + name[1:]: bool(step.get(name)) for name in _BLOCKS}
    step.call("put_public_access_block", Bucket=step.get("bucket"), PublicAccessBlockConfiguration=wanted)
    return {}


PUBLIC_ACCESS_BLOCK = ResourceMapping(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    service="s3",
    create=_set_block,
    id="{bucket}",
    settings=(Setting(of=name_set(*_BLOCKS), do=_set_block),),
    delete=ApiCall("delete_public_access_block", given={"Bucket": "{id}"}),
    read=ApiCall("get_public_access_block", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND | name_set("NoSuchPublicAccessBlockConfiguration"),
    replace_on=name_set("bucket"),
    defaults=dict.fromkeys(_BLOCKS, False),
    unique_name=True,
)


def _set_policy(step: ResourceStep) -> Properties:
    step.call("put_bucket_policy", Bucket=step.get("bucket"), Policy=step.get("policy"))
    return {}


POLICY = ResourceMapping(
    "aws:s3/bucketPolicy:BucketPolicy",
    service="s3",
    create=_set_policy,
    id="{bucket}",
    settings=(Setting(of=name_set("policy"), do=_set_policy),),
    delete=ApiCall("delete_bucket_policy", given={"Bucket": "{id}"}),
    read=ApiCall("get_bucket_policy", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND | name_set("NoSuchBucketPolicy"),
    replace_on=name_set("bucket"),
    unique_name=True,
)

MAPPINGS = (BUCKET, LOCK, ENCRYPTION, PUBLIC_ACCESS_BLOCK, POLICY)
