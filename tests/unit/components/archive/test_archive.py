"""The two buckets of logs, made alone. NET-5, OBS-2"""

from __future__ import annotations

import pytest

from components.archive.archive import LogArchive
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def made(*, protect: bool = True) -> RecordedComponent:
    return record_component(
        lambda: LogArchive("archive", SCOPE, key_arn="arn:key", keep_days=30, protect=protect)
    )


@pytest.mark.parametrize(("protect", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_the_archive_is_locked_under_the_platforms_key(protect: bool, mode: str) -> None:
    """Nothing in it changes or goes before its time; afterwards it goes by itself."""
    found = made(protect=protect)
    bucket = found.graph.one(BUCKET, "archive")
    assert bucket.inputs["bucket"] == "dev-archive-111122223333-us-east-1"
    assert (bucket.inputs["objectLockEnabled"], bucket.protect) == (True, protect)
    lock = found.only("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": mode, "days": 30}}
    (rule,) = found.graph.one(ENCRYPTION, "archive").inputs["rules"]
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    assert rule == {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}
    lifecycle = found.graph.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "archive")
    assert lifecycle.inputs["rules"][0]["expiration"] == {"days": 31}


def test_access_logs_have_what_their_writers_take() -> None:
    """S3's own keys and no default lock: the load balancer and S3 write to nothing else."""
    found = made()
    bucket = found.graph.one(BUCKET, "access-logs")
    assert bucket.inputs["bucket"] == "dev-access-logs-111122223333-us-east-1"
    assert bucket.inputs["objectLockEnabled"] is False
    (rule,) = found.graph.one(ENCRYPTION, "access-logs").inputs["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    versions = found.only("aws:s3/bucketVersioning:BucketVersioning")
    assert versions.inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_requests_to_the_archive_are_logged_in_the_other() -> None:
    """Below the prefix that S3 may write to; the other one itself is not logged."""
    (logging,) = made().graph.of("aws:s3/bucketLogging:BucketLogging")
    assert logging.inputs["bucket"] == "dev-archive-111122223333-us-east-1"
    assert logging.inputs["targetBucket"] == "dev-access-logs-111122223333-us-east-1"
    assert logging.inputs["targetPrefix"] == "buckets/"


def test_the_names_are_the_output() -> None:
    """Of both buckets."""
    assert made().outputs == {
        "archive": "dev-archive-111122223333-us-east-1",
        "access_logs": "dev-access-logs-111122223333-us-east-1",
    }
