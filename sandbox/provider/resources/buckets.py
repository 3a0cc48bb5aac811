"""Buckets and what is set on them (S3)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Naming, Setting, names
from sandbox.provider.step import Step

_GONE = names("NoSuchBucket 404")


def _tag_set(step: Step) -> list[Properties]:
    return [{"Key": name, "Value": value} for name, value in (step.get("tags") or {}).items()]


def _set_tags(step: Step) -> None:
    tags = _tag_set(step)
    if tags:
        step.call("put_bucket_tagging", Bucket=step.id, Tagging={"TagSet": tags})
    elif step.before:
        step.call("delete_bucket_tagging", Bucket=step.id)


def _create_bucket(step: Step) -> Properties:
    arguments: Properties = {"Bucket": step.get("bucket")}
    region = step.fill("{region}")
    if region != "us-east-1":  # the one region that may not be named
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if step.get("objectLockEnabled"):
        arguments["ObjectLockEnabledForBucket"] = True
    return step.call("create_bucket", **arguments)


def _delete_bucket(step: Step) -> None:
    if step.get("forceDestroy"):
        _empty(step)
    step.call("delete_bucket", Bucket=step.id)


def _empty(step: Step) -> None:
    """Delete every version; a lock in governance mode gives way to whoever may pass it."""
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


BUCKET = Mapping(
    "aws:s3/bucket:Bucket",
    service="s3",
    create=_create_bucket,
    id="{bucket}",
    outputs={
        "arn": "arn:{partition}:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.{dns_suffix}",
        "bucketRegion": "{region}",
    },
    settings=(Setting(of=names("tags"), do=_set_tags, at_creation=True),),
    delete=_delete_bucket,
    read=Call("head_bucket", given={"Bucket": "{id}"}),
    gone=_GONE,
    replace_on=names("bucket bucketPrefix objectLockEnabled"),
    recorded=names("forceDestroy"),
    defaults={"objectLockEnabled": False, "forceDestroy": False},
    naming=Naming(property="bucket", prefix="bucketPrefix", limit=63),
    unique_name=True,
)


def _set_lock(step: Step) -> Properties:
    retention = ((step.get("rule") or {}).get("defaultRetention")) or {}
    rule: Properties = {"Mode": retention.get("mode")}
    rule |= {unit.title(): int(retention[unit]) for unit in ("days", "years") if retention.get(unit)}
    step.call(
        "put_object_lock_configuration",
        Bucket=step.get("bucket"),
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}},
    )
    return {}


LOCK = Mapping(
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    service="s3",
    create=_set_lock,
    id="{bucket}",
    settings=(Setting(of=names("rule"), do=_set_lock),),
    # a bucket that has a lock keeps it
    delete=None,
    read=Call("get_object_lock_configuration", given={"Bucket": "{id}"}),
    gone=_GONE | names("ObjectLockConfigurationNotFoundError"),
    replace_on=names("bucket"),
    unique_name=True,
)


def _set_encryption(step: Step) -> Properties:
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


ENCRYPTION = Mapping(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    service="s3",
    create=_set_encryption,
    id="{bucket}",
    settings=(Setting(of=names("rules"), do=_set_encryption),),
    delete=Call("delete_bucket_encryption", given={"Bucket": "{id}"}),
    read=Call("get_bucket_encryption", given={"Bucket": "{id}"}),
    gone=_GONE | names("ServerSideEncryptionConfigurationNotFoundError"),
    replace_on=names("bucket"),
    unique_name=True,
)

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _set_block(step: Step) -> Properties:
    wanted = {name[0].upper() + name[1:]: bool(step.get(name)) for name in _BLOCKS}
    step.call("put_public_access_block", Bucket=step.get("bucket"), PublicAccessBlockConfiguration=wanted)
    return {}


PUBLIC_ACCESS_BLOCK = Mapping(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    service="s3",
    create=_set_block,
    id="{bucket}",
    settings=(Setting(of=names(*_BLOCKS), do=_set_block),),
    delete=Call("delete_public_access_block", given={"Bucket": "{id}"}),
    read=Call("get_public_access_block", given={"Bucket": "{id}"}),
    gone=_GONE | names("NoSuchPublicAccessBlockConfiguration"),
    replace_on=names("bucket"),
    defaults=dict.fromkeys(_BLOCKS, False),
    unique_name=True,
)


def _set_policy(step: Step) -> Properties:
    step.call("put_bucket_policy", Bucket=step.get("bucket"), Policy=step.get("policy"))
    return {}


POLICY = Mapping(
    "aws:s3/bucketPolicy:BucketPolicy",
    service="s3",
    create=_set_policy,
    id="{bucket}",
    settings=(Setting(of=names("policy"), do=_set_policy),),
    delete=Call("delete_bucket_policy", given={"Bucket": "{id}"}),
    read=Call("get_bucket_policy", given={"Bucket": "{id}"}),
    gone=_GONE | names("NoSuchBucketPolicy"),
    replace_on=names("bucket"),
    unique_name=True,
)

MAPPINGS = (BUCKET, LOCK, ENCRYPTION, PUBLIC_ACCESS_BLOCK, POLICY)
