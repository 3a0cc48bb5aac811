"""The locked bucket of the trail: what is read is the oldest version of each object."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from policies.calls.store.trail_bucket import TrailBucket, object_name
from tests.support.governance.signed_trail import BUCKET, trail_bucket


@pytest.fixture
def bucket(dynamodb: Any) -> TrailBucket:
    assert dynamodb is not None
    return trail_bucket("GOVERNANCE")


def put(name: str, text: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=name, Body=text.encode(), ChecksumAlgorithm="SHA256")


def test_an_object_is_put_once(bucket: TrailBucket) -> None:
    """A second one of the same number is not, and the first one stays."""
    assert bucket.newest() is None
    assert bucket.put(1, "first")
    assert not bucket.put(1, "second")
    newest = bucket.newest()
    assert newest is not None
    assert (newest.number, newest.text, newest.lock) == (1, "first", "GOVERNANCE")


def test_everything_beside_the_first_versions_is_a_finding(bucket: TrailBucket) -> None:
    """A second version, a delete marker, another name; the first versions are what is read."""
    for number in (1, 2, 3):
        bucket.put(number, f"text {number}")
    assert bucket.contents().findings == ()
    put(object_name(2), "other")
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=object_name(3))
    put("audit/notes.txt", "hello")
    found = bucket.contents()
    assert [each.text for each in found.objects] == ["text 1", "text 2", "text 3"]
    assert set(found.findings) == {
        f"`{object_name(2)}` was written again",
        f"`{object_name(3)}` was deleted",
        "`audit/notes.txt` is no export",
    }
    newest = trail_bucket().newest()
    assert newest is not None
    assert newest.text == "text 3"


def test_an_object_without_a_lock_is_a_finding(bucket: TrailBucket) -> None:
    """Nothing keeps its first version from being deleted."""
    assert bucket.name == BUCKET
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="open", ObjectLockEnabledForBucket=True)
    unlocked = TrailBucket(s3, "open")
    unlocked.put(1, "text")
    assert unlocked.contents().findings == (f"`{object_name(1)}` is not locked",)
