"""Settings of buckets that are resources of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import bucket_settings, buckets
from tests.support.provider.world import Walk, World


def _of(world: World) -> dict[str, Any]:
    return {"bucket": world.make(buckets.BUCKET.token, bucket=world.unique("bucket").lower()).id}


def _target(world: World) -> str:
    """A bucket that S3 may log to."""
    name = str(_of(world)["bucket"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    world.aws("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return name


def _versioning(world: World, state: Any) -> Any:
    return world.aws("s3").get_bucket_versioning(Bucket=state.id)["Status"]


def _lifecycle(world: World, state: Any) -> Any:
    (rule,) = world.aws("s3").get_bucket_lifecycle_configuration(Bucket=state.id)["Rules"]
    return rule["ID"], rule["Expiration"]["Days"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]


def _logging(world: World, state: Any) -> Any:
    return world.aws("s3").get_bucket_logging(Bucket=state.id)["LoggingEnabled"]["TargetPrefix"]


def _rules(days: int) -> dict[str, Any]:
    rule = {
        "id": "expire",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": days},
        "noncurrentVersionExpiration": {"noncurrentDays": 1},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }
    return {"rules": [rule]}


CASES: dict[str, dict[str, Any]] = {
    "versioning": {
        "token": bucket_settings.VERSIONING.token,
        "inputs": lambda w: {**_of(w), "versioningConfiguration": {"status": "Enabled"}},
        "look": _versioning,
        "created": "Enabled",
        "change": {"versioningConfiguration": {"status": "Suspended"}},
        "updated": "Suspended",
        "stays": True,
    },
    "lifecycle": {
        "token": bucket_settings.LIFECYCLE.token,
        "inputs": lambda w: {**_of(w), **_rules(30)},
        "look": _lifecycle,
        "created": ("expire", 30, 1),
        "change": _rules(31),
        "updated": ("expire", 31, 1),
    },
    "logging": {
        "token": bucket_settings.LOGGING.token,
        "inputs": lambda w: {**_of(w), "targetBucket": _target(w), "targetPrefix": "a/"},
        "look": _logging,
        "created": "a/",
        "change": {"targetPrefix": "b/"},
        "updated": "b/",
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    assert {mapping.token for mapping in bucket_settings.MAPPINGS} == {
        case["token"] for case in CASES.values()
    }
