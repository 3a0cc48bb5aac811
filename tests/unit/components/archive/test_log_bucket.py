"""A bucket of logs, made alone."""

from __future__ import annotations

from components.archive.archive_policy import access_log_policy
from components.archive.log_bucket import LogBucket, LogBucketPlan
from components.identity.statement import document
from tests.support.recording.component import SCOPE, record_component


def test_it_is_private_and_goes_with_its_environment() -> None:
    """No public access; the policy comes after that; without protection it is deleted with what is in it."""
    statements = access_log_policy(SCOPE.place)
    plan = LogBucketPlan(physical_name="logs", statements=statements, keep_days=7, locked=False)
    found = record_component(lambda: LogBucket("logs", SCOPE, plan, protect=False, access_logs=None))
    assert found.only("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
    block = found.only("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert all(value is True for name, value in block.inputs.items() if name != "bucket")
    policy = found.only("aws:s3/bucketPolicy:BucketPolicy")
    assert policy.inputs["policy"] == document(statements)
    assert block.urn in policy.dependencies
    assert set(found.outputs) == {"name", "arn"}
