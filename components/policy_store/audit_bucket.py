"""The bucket that the audit trail is exported to."""

from __future__ import annotations

import pulumi
from pulumi_aws.s3.bucket import Bucket
from pulumi_aws.s3.bucket_logging import BucketLogging
from pulumi_aws.s3.bucket_object_lock_configuration import BucketObjectLockConfiguration
from pulumi_aws.s3.bucket_policy import BucketPolicy
from pulumi_aws.s3.bucket_public_access_block import BucketPublicAccessBlock
from pulumi_aws.s3.bucket_server_side_encryption_configuration import (
    BucketServerSideEncryptionConfiguration,
)

from components.identity.statement import document
from components.naming import BUCKET_LOGS
from components.policy_store.bucket_policy import audit_bucket_policy
from components.scope import Scope


class AuditBucket(pulumi.ComponentResource):
    """A bucket whose objects cannot be changed or deleted before their time. GOV-2.

    With `deletion_protection` the object lock is in compliance mode, which not even the account's root can
    lift; without it in governance mode, so that a temporary environment can be deleted.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        retention_days: int,
        access_logs: pulumi.Input[str],
        deletion_protection: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`access_logs` is the bucket that requests are logged in, below `BUCKET_LOGS`."""
        super().__init__("myelin:policy_store:AuditBucket", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        place = scope.place
        physical_name = place.audit_bucket
        # myelin: allow CKV2_AWS_61 until 2027-11-30: nothing in it may be deleted, and a few kilobytes a
        #   change need no cheaper storage
        # myelin: allow CKV2_AWS_62 until 2027-11-30: no action follows an export; each change is logged
        #   and recorded before it
        # myelin: allow CKV_AWS_144 until 2027-11-30: the table has the trail as well, with recovery to any
        #   second; the bucket is the proof of it
        # myelin: allow CKV_AWS_145 until 2027-11-30: a KMS key that is deleted would take the locked trail
        #   with it; S3's own keys cannot be
        # myelin: allow CKV_AWS_21 until 2027-11-30: a bucket with object lock keeps versions by itself, and
        #   that cannot be turned off
        self.bucket = Bucket(
            name,
            bucket=physical_name,
            object_lock_enabled=True,
            force_destroy=not deletion_protection,
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self, protect=deletion_protection),
        )
        BucketLogging(
            name,
            bucket=self.bucket.bucket,
            target_bucket=access_logs,
            target_prefix=f"{BUCKET_LOGS}/",
            target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
            opts=own,
        )
        BucketObjectLockConfiguration(
            name,
            bucket=self.bucket.bucket,
            rule={
                "default_retention": {
                    "mode": "COMPLIANCE" if deletion_protection else "GOVERNANCE",
                    "days": retention_days,
                }
            },
            opts=own,
        )
        BucketServerSideEncryptionConfiguration(
            name,
            bucket=self.bucket.bucket,
            rules=[
                {
                    # under a KMS key whoever may schedule its deletion could shred a trail that is locked
                    "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
                }
            ],
            opts=own,
        )
        block = BucketPublicAccessBlock(
            name,
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=own,
        )
        BucketPolicy(
            name,
            bucket=self.bucket.bucket,
            policy=document(audit_bucket_policy(place)),
            # S3 refuses two changes of one bucket's access at the same time
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        self.name: pulumi.Output[str] = self.bucket.bucket
        self.register_outputs({"name": self.name, "arn": self.bucket.arn})
