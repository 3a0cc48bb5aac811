"""Two operators at once: one works, the other is told who, since when, and with what."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from cli.errors import explain
from cli.exit_codes import ExitCode
from cli.locks.lease import GRACE_SECONDS, LEASE_SECONDS, Lease
from cli.locks.s3_lock import EnvironmentLockedError, S3Lock

BUCKET = "state"


def lease(name: str) -> Lease:
    return Lease(holder=f"arn:{name}", token=name, since=0, renewed=0, what="myelin up dev")


@pytest.fixture
def lock() -> Iterator[S3Lock]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_bucket(Bucket=BUCKET)
        yield S3Lock(client, BUCKET, "dev")


def test_one_works_and_the_other_is_told(lock: S3Lock) -> None:
    """Exit code 7, with holder, age and deed; after it has ended, the other one works."""
    own = lock.take(lease("ada"), 100)
    with pytest.raises(EnvironmentLockedError) as caught:
        lock.take(lease("bob"), 130)
    assert caught.value.message == ("`dev` is locked by arn:ada for 30 s: `myelin up dev` (renewed 30 s ago)")
    explained = explain(caught.value)
    assert explained is not None
    assert explained.code is ExitCode.LOCKED
    assert lock.release(own)
    assert lock.take(lease("bob"), 131).holder == "arn:bob"


def test_a_dead_holders_lock_is_taken_over_after_its_lease(lock: S3Lock) -> None:
    """And then it is theirs no more: they can neither renew nor release it."""
    own = lock.take(lease("ada"), 100)
    assert lock.renew(own, 110) is not None
    later = 110 + LEASE_SECONDS + GRACE_SECONDS + 1
    assert lock.take(lease("bob"), later).since == later
    assert lock.renew(own, later) is None
    assert not lock.release(own)
    held = lock.read()
    assert held is not None
    assert held.lease.token == "bob"
