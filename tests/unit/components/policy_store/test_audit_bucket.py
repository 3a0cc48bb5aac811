"""The bucket of the audit trail and its policy, made alone. GOV-2."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.naming import GOVERNANCE, GOVERNANCE_ADMIN
from components.policy_store.audit_bucket import AuditBucket
from components.policy_store.bucket_policy import audit_bucket_policy
from tests.support.recording.component import SCOPE, RecordedComponent, record_component
from tests.support.recording.declarations import PLACE
from tests.support.recording.iam import DENY, SILENT, verdict

BUCKET, LOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def made(*, deletion_protection: bool) -> RecordedComponent:
    return record_component(
        lambda: AuditBucket(
            "audit",
            SCOPE,
            retention_days=365,
            access_logs="logs",
            deletion_protection=deletion_protection,
        )
    )


@pytest.mark.parametrize(("protection", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_objects_are_locked(protection: bool, mode: str) -> None:
    """In a protected environment not even the account's root can lift the lock; elsewhere some can."""
    found = made(deletion_protection=protection)
    assert found.only(LOCK).inputs["rule"] == {"defaultRetention": {"mode": mode, "days": 365}}
    bucket = found.only(BUCKET)
    assert bucket.inputs["objectLockEnabled"] is True
    assert (bucket.protect, bucket.inputs["forceDestroy"]) == (protection, not protection)
    assert found.outputs["name"] == "dev-governance-audit-111122223333-us-east-1"
    assert set(found.outputs) == {"name", "arn"}


def test_bucket_is_encrypted_and_closed() -> None:
    """S3's keys, which nobody can delete; no public access; and the planned policy after that."""
    found = made(deletion_protection=True)
    assert sum(found.children.values()) == 6
    logging = found.only("aws:s3/bucketLogging:BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "buckets/")
    (rule,) = found.only(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    block = found.only(BLOCK)
    assert all(value is True for name, value in block.inputs.items() if name != "bucket")
    policy = found.only("aws:s3/bucketPolicy:BucketPolicy")
    assert policy.inputs["policy"] == document(audit_bucket_policy(SCOPE.place))
    assert block.urn in policy.dependencies


@pytest.mark.parametrize(("function", "said"), [(GOVERNANCE, DENY), (GOVERNANCE_ADMIN, SILENT)])
def test_only_the_function_that_changes_policies_adds_to_the_trail(function: str, said: str) -> None:
    """The policy denies objects of every other principal, and all requests without TLS."""
    policy = document(audit_bucket_policy(PLACE))
    objects = f"{PLACE.account.bucket(PLACE.audit_bucket)}/audit/1"
    context = {
        "aws:PrincipalArn": PLACE.function_role(function),
        "aws:SecureTransport": "true",
        "s3:if-none-match": "*",
    }
    assert verdict(policy, action="s3:PutObject", resource=objects, context=context) == said
    plain = {**context, "aws:SecureTransport": "false"}
    assert verdict(policy, action="s3:PutObject", resource=objects, context=plain) == DENY


def test_an_object_is_never_put_over_another() -> None:
    """A put that does not say `If-None-Match` is denied, also to the function that changes policies."""
    policy = document(audit_bucket_policy(PLACE))
    objects = f"{PLACE.account.bucket(PLACE.audit_bucket)}/audit/1"
    context = {"aws:PrincipalArn": PLACE.function_role(GOVERNANCE_ADMIN), "aws:SecureTransport": "true"}
    assert verdict(policy, action="s3:PutObject", resource=objects, context=context) == DENY
