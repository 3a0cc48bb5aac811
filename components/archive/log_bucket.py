"""A bucket that AWS writes logs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.s3.bucket import Bucket
from pulumi_aws.s3.bucket_lifecycle_configuration import BucketLifecycleConfiguration
from pulumi_aws.s3.bucket_logging import BucketLogging
from pulumi_aws.s3.bucket_object_lock_configuration import BucketObjectLockConfiguration
from pulumi_aws.s3.bucket_policy import BucketPolicy
from pulumi_aws.s3.bucket_public_access_block import BucketPublicAccessBlock
from pulumi_aws.s3.bucket_server_side_encryption_configuration import (
    BucketServerSideEncryptionConfiguration,
)
from pulumi_aws.s3.bucket_versioning import BucketVersioning

from components.identity.statement import IamStatement, document
from components.naming import BUCKET_LOGS
from components.scope import Scope

ABANDONED_DAYS = 7
"""After so many days an upload that was begun is not finished any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBucketPlan:
    """What a bucket of logs is: its name, who writes, how long it keeps, and under which key.

    `key_arn` is None for S3's own keys. With `locked` no object goes before its time.
    """

    physical_name: str
    statements: Sequence[IamStatement]
    keep_days: int
    locked: bool
    key_arn: pulumi.Input[str] | None = None


class LogBucket(pulumi.ComponentResource):
    """A private bucket whose objects are kept for some days and then go by themselves. OBS-2

    With `protect` a lock is in compliance mode, which not even the account's root can lift; without it in
    governance mode, so that a temporary environment can be deleted.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        plan: LogBucketPlan,
        *,
        protect: bool,
        access_logs: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`access_logs` is the bucket that requests to this one are logged in, None for that one itself."""
        super().__init__("myelin:archive:LogBucket", name, None, opts)
        self._name = name
        self._own = pulumi.ResourceOptions(parent=self)
        # myelin: allow CKV2_AWS_62 until 2027-11-30: no action follows a log file that AWS has written
        # myelin: allow CKV_AWS_144 until 2027-11-30: a log of one region is of no use in another, and what
        #   has to outlast a region is the audit trail
        # myelin: allow CKV_AWS_145 until 2027-11-30: the load balancer and S3 write only to buckets under
        #   S3's own keys; the archive is under the platform's
        # myelin: allow CKV_AWS_21 until 2027-11-30: a bucket with object lock keeps versions by itself, and
        #   that cannot be turned off
        self.bucket = Bucket(
            name,
            bucket=plan.physical_name,
            object_lock_enabled=plan.locked,
            force_destroy=not protect,
            tags=scope.tags(plan.physical_name),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self._keep(plan, protect=protect)
        self._encrypt(plan.key_arn)
        # whoever has AWS write here has to wait for it
        self.policy = self._guard(plan)
        if access_logs is not None:
            BucketLogging(
                name,
                bucket=self.bucket.bucket,
                target_bucket=access_logs,
                target_prefix=f"{BUCKET_LOGS}/",
                target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
                opts=self._own,
            )
        self.name: pulumi.Output[str] = self.bucket.bucket
        self.arn: pulumi.Output[str] = self.bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    def _keep(self, plan: LogBucketPlan, *, protect: bool) -> None:
        versions: list[pulumi.Resource] = []
        if plan.locked:
            retention = {"mode": "COMPLIANCE" if protect else "GOVERNANCE", "days": plan.keep_days}
            BucketObjectLockConfiguration(
                self._name,
                bucket=self.bucket.bucket,
                rule={"default_retention": retention},
                opts=self._own,
            )
        else:
            versions.append(
                BucketVersioning(
                    self._name,
                    bucket=self.bucket.bucket,
                    versioning_configuration={"status": "Enabled"},
                    opts=self._own,
                )
            )
        BucketLifecycleConfiguration(
            self._name,
            bucket=self.bucket.bucket,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": plan.keep_days + 1},
                    "noncurrent_version_expiration": {"noncurrent_days": 1},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_DAYS},
                }
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=versions),
        )

    def _encrypt(self, key_arn: pulumi.Input[str] | None) -> None:
        rule: dict[str, object] = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
        if key_arn is not None:
            default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
            # one call of KMS for many objects, and not one for each
            rule = {"apply_server_side_encryption_by_default": default, "bucket_key_enabled": True}
        BucketServerSideEncryptionConfiguration(
            self._name, bucket=self.bucket.bucket, rules=[rule], opts=self._own
        )

    def _guard(self, plan: LogBucketPlan) -> BucketPolicy:
        block = BucketPublicAccessBlock(
            self._name,
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._own,
        )
        return BucketPolicy(
            self._name,
            bucket=self.bucket.bucket,
            policy=document(plan.statements),
            # S3 refuses two changes of one bucket's access at the same time
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
