"""Buckets and what is set on them. GOV-2."""

from __future__ import annotations

import json
from typing import Any

import pytest

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::b/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
)


def _bucket(world: Any, state: Any) -> Any:
    s3 = world.aws("s3")
    lock = s3.get_object_lock_configuration(Bucket=state.id)["ObjectLockConfiguration"]
    tags = s3.get_bucket_tagging(Bucket=state.id)["TagSet"]
    return lock["ObjectLockEnabled"], {tag["Key"]: tag["Value"] for tag in tags}


def _lock(world: Any, state: Any) -> Any:
    found = world.aws("s3").get_object_lock_configuration(Bucket=state.id)["ObjectLockConfiguration"]
    return found["Rule"]["DefaultRetention"]


def _encryption(world: Any, state: Any) -> Any:
    found = world.aws("s3").get_bucket_encryption(Bucket=state.id)["ServerSideEncryptionConfiguration"]
    return found["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def _block(world: Any, state: Any) -> Any:
    found = world.aws("s3").get_public_access_block(Bucket=state.id)["PublicAccessBlockConfiguration"]
    return found["BlockPublicAcls"], found["RestrictPublicBuckets"]


def _policy(world: Any, state: Any) -> Any:
    return json.loads(world.aws("s3").get_bucket_policy(Bucket=state.id)["Policy"])["Statement"][0]["Effect"]


def _of(world: Any, **more: Any) -> dict[str, Any]:
    bucket = world.make(
        "aws:s3/bucket:Bucket", bucket=world.unique("bucket").lower(), objectLockEnabled=True, **more
    )
    return {"bucket": bucket.id}


CASES = {
    "bucket": {
        "token": "aws:s3/bucket:Bucket",
        "inputs": lambda w: {
            "bucket": w.unique("bucket").lower(),
            "objectLockEnabled": True,
            "tags": {"a": "1"},
        },
        "look": _bucket,
        "created": ("Enabled", {"a": "1"}),
        "outputs": "arn bucketDomainName bucketRegion",
        "change": {"tags": {"b": "2"}},
        "updated": ("Enabled", {"b": "2"}),
    },
    "encryption": {
        "token": "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "inputs": lambda w: {
            **_of(w),
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}],
        },
        "look": _encryption,
        "created": "aws:kms",
        "change": {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        "updated": "AES256",
    },
    "public access block": {
        "token": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "inputs": lambda w: {**_of(w), "blockPublicAcls": True},
        "look": _block,
        "created": (True, False),
        "change": {"restrictPublicBuckets": True},
        "updated": (True, True),
    },
    "bucket policy": {
        "token": "aws:s3/bucketPolicy:BucketPolicy",
        "inputs": lambda w: {**_of(w), "policy": POLICY},
        "look": _policy,
        "created": "Deny",
        "change": {"policy": POLICY.replace("Deny", "Allow")},
        "updated": "Allow",
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bucket_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Each is made, changed and removed."""
    walk(case)


def test_a_lock_is_set_and_stays_with_its_bucket(world: Any) -> None:
    """The days change; taking the setting away leaves the lock, which a bucket cannot lose."""
    token = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    inputs = {**_of(world), "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}}
    state = world.make(token, **inputs)
    assert (_lock(world, state)["Mode"], _lock(world, state)["Days"]) == ("GOVERNANCE", 1)
    world.drop(token, state, inputs)
    assert _lock(world, state)["Days"] == 1


def test_a_bucket_with_locked_objects_goes_only_by_force(world: Any) -> None:
    """`forceDestroy` deletes every version in governance mode first."""
    inputs = {"bucket": world.unique("bucket").lower(), "objectLockEnabled": True, "forceDestroy": True}
    state = world.make("aws:s3/bucket:Bucket", **inputs)
    world.make(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        bucket=state.id,
        rule={"defaultRetention": {"mode": "GOVERNANCE", "days": 1}},
    )
    for body in (b"1", b"2"):
        world.aws("s3").put_object(Bucket=state.id, Key="k", Body=body, ChecksumAlgorithm="SHA256")
    world.drop("aws:s3/bucket:Bucket", state, inputs)
    assert world.provider.read("aws:s3/bucket:Bucket", state.id, inputs) is None
