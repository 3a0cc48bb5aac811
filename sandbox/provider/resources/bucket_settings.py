"""Settings of buckets that are resources of their own: versions, lifecycle, logging of requests (S3)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import ResourceMapping, Setting, name_set
from sandbox.provider.resource_step import ResourceStep

_NOT_FOUND = name_set("NoSuchBucket 404")


def _set_versioning(step: ResourceStep) -> Properties:
    wanted = (step.get("versioningConfiguration") or {}).get("status")
    step.call("put_bucket_versioning", Bucket=step.get("bucket"), VersioningConfiguration={"Status": wanted})
    return {}


def _suspend_versioning(step: ResourceStep) -> None:
    """A bucket that had versions keeps them; as the real provider does."""
    step.call("put_bucket_versioning", Bucket=step.id, VersioningConfiguration={"Status": "Suspended"})


VERSIONING = ResourceMapping(
    "aws:s3/bucketVersioning:BucketVersioning",
    service="s3",
    create=_set_versioning,
    id="{bucket}",
    settings=(Setting(of=name_set("versioningConfiguration"), do=_set_versioning),),
    delete=_suspend_versioning,
    read=ApiCall("get_bucket_versioning", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND,
    replace_on=name_set("bucket"),
    unique_name=True,
)


def _set_lifecycle(step: ResourceStep) -> Properties:
    wanted = {"lifecycleConfiguration": {"rules": step.get("rules")}, "bucket": step.get("bucket")}
    arguments = step.arguments("put_bucket_lifecycle_configuration", wanted, {})
    for rule in arguments["LifecycleConfiguration"]["Rules"]:
        rule["ID"] = rule.pop("Id", rule.get("ID"))
    step.call("put_bucket_lifecycle_configuration", **arguments)
    return {}


LIFECYCLE = ResourceMapping(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    service="s3",
    create=_set_lifecycle,
    id="{bucket}",
    settings=(Setting(of=name_set("rules"), do=_set_lifecycle),),
    delete=ApiCall("delete_bucket_lifecycle", given={"Bucket": "{id}"}),
    read=ApiCall("get_bucket_lifecycle_configuration", given={"Bucket": "{id}"}),
    not_found=_NOT_FOUND | name_set("NoSuchLifecycleConfiguration"),
    replace_on=name_set("bucket"),
    unique_name=True,
)


def _set_logging(step: ResourceStep) -> Properties:
    wanted: Properties = {"TargetBucket": step.get("targetBucket"), "TargetPrefix": step.get("targetPrefix")}
    partitioned = (step.get("targetObjectKeyFormat") or {}).get("partitionedPrefix")
    if partitioned:
        source = {"PartitionDateSource": partitioned["partitionDateSource"]}
        wanted["TargetObjectKeyFormat"] = {"PartitionedPrefix": source}
    step.call("put_bucket_logging", Bucket=step.get("bucket"), BucketLoggingStatus={"LoggingEnabled": wanted})
    return {}


def _stop_logging(step: ResourceStep) -> None:
    step.call("put_bucket_logging", Bucket=step.id, BucketLoggingStatus={})


LOGGING = ResourceMapping(
    "aws:s3/bucketLogging:BucketLogging",
    service="s3",
    create=_set_logging,
    id="{bucket}",
    settings=(Setting(of=name_set("targetBucket targetPrefix targetObjectKeyFormat"), do=_set_logging),),
    delete=_stop_logging,
    read=ApiCall("get_bucket_logging", given={"Bucket": "{id}"}, result="LoggingEnabled"),
    not_found=_NOT_FOUND,
    replace_on=name_set("bucket"),
    unique_name=True,
)

MAPPINGS = (VERSIONING, LIFECYCLE, LOGGING)
