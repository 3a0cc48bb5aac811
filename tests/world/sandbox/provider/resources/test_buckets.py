"""Buckets and their settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import buckets
from tests.support.provider.world import Walk, World, tags_of

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


def _bucket(world: World, state: Any) -> Any:
    s3 = world.aws("s3")
    lock = s3.get_object_lock_configuration(Bucket=state.id)["ObjectLockConfiguration"]
    tags = s3.get_bucket_tagging(Bucket=state.id)["TagSet"]
    return lock["ObjectLockEnabled"], tags_of(tags)


def _lock(world: World, state: Any) -> Any:
    found = world.aws("s3").get_object_lock_configuration(Bucket=state.id)["ObjectLockConfiguration"]
    return found["Rule"]["DefaultRetention"]


def _encryption(world: World, state: Any) -> Any:
    found = world.aws("s3").get_bucket_encryption(Bucket=state.id)["ServerSideEncryptionConfiguration"]
    return found["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def _block(world: World, state: Any) -> Any:
    found = world.aws("s3").get_public_access_block(Bucket=state.id)["PublicAccessBlockConfiguration"]
    return found["BlockPublicAcls"], found["RestrictPublicBuckets"]


def _policy(world: World, state: Any) -> Any:
    return json.loads(world.aws("s3").get_bucket_policy(Bucket=state.id)["Policy"])["Statement"][0]["Effect"]


def _of(world: World, **more: Any) -> dict[str, Any]:
    bucket = world.make(
        buckets.BUCKET.token, bucket=world.unique("bucket").lower(), objectLockEnabled=True, **more
    )
    return {"bucket": bucket.id}


CASES: dict[str, dict[str, Any]] = {
    "bucket": {
        "token": buckets.BUCKET.token,
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
        "token": buckets.ENCRYPTION.token,
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
        "token": buckets.PUBLIC_ACCESS_BLOCK.token,
        "inputs": lambda w: {**_of(w), "blockPublicAcls": True},
        "look": _block,
        "created": (True, False),
        "change": {"restrictPublicBuckets": True},
        "updated": (True, True),
    },
    "bucket policy": {
        "token": buckets.POLICY.token,
        "inputs": lambda w: {**_of(w), "policy": POLICY},
        "look": _policy,
        "created": "Deny",
        "change": {"policy": POLICY.replace("Deny", "Allow")},
        "updated": "Allow",
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (GOV-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in buckets.MAPPINGS} - walked == {buckets.LOCK.token}


def test_a_lock_is_set_and_stays_with_its_bucket(world: World) -> None:
    """The days change; taking the setting away leaves the lock, which a bucket cannot lose."""
    token = buckets.LOCK.token
    inputs = {**_of(world), "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}}
    state = world.make(token, **inputs)
    assert (_lock(world, state)["Mode"], _lock(world, state)["Days"]) == ("GOVERNANCE", 1)
    world.drop(token, state, inputs)
    assert _lock(world, state)["Days"] == 1


def test_a_bucket_with_locked_objects_goes_only_by_force(world: World) -> None:
    """`forceDestroy` deletes every version in governance mode first."""
    inputs = {"bucket": world.unique("bucket").lower(), "objectLockEnabled": True, "forceDestroy": True}
    state = world.make(buckets.BUCKET.token, **inputs)
    world.make(
        buckets.LOCK.token,
        bucket=state.id,
        rule={"defaultRetention": {"mode": "GOVERNANCE", "days": 1}},
    )
    for body in (b"1", b"2"):
        world.aws("s3").put_object(Bucket=state.id, Key="k", Body=body, ChecksumAlgorithm="SHA256")
    world.drop(buckets.BUCKET.token, state, inputs)
    assert world.provider.read(buckets.BUCKET.token, state.id, inputs) is None
