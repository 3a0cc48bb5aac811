"""Checkpoints: the trail is signed, and exported into a locked bucket, which is where signing begins."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.trail_bucket import TrailBucket, object_name
from policies.calls.store.trail_key import TrailKey
from policies.calls.trail.chain import AuditRecord, ChainHead, checkpoint_from, next_entry
from policies.calls.trail.errors import BrokenChainError, CheckpointError
from policies.calls.trail.export import merge_exports, verify_trail
from policies.calls.trail.signatures import signature_check
from tests.support.governance.signed_trail import BUCKET, trail_bucket, trail_key

ABSENT = "arn:aws:kms:us-east-1:123456789012:key/absent"


class Trail:
    """A ledger whose entries are signed, and what makes its checkpoints."""

    def __init__(self, dynamodb: Any) -> None:
        self.key, self.bucket, self.dynamodb = trail_key(), trail_bucket(), dynamodb
        self.ledger = PolicyLedger(dynamodb, "policies", sign=self.key.sign)
        self.checkpoints = Checkpoints(self.ledger, key=self.key, bucket=self.bucket)

    def commit(self, count: int = 1) -> None:
        for number in range(count):
            self.ledger.commit(AuditRecord(actor="ada", action="put", details={"id": str(number)}))

    def delete(self, number: int) -> None:
        key = {"pk": {"S": "audit"}, "sk": {"S": f"{number:016d}"}}
        self.dynamodb.delete_item(TableName="policies", Key=key)

    def write(self, record: AuditRecord, head: ChainHead, signature: str = "") -> None:
        """Put an entry as whoever may write the table could, and the head after it."""
        entry = next_entry(head, record, "2026-11-22T09:30:00+00:00")
        item = {"pk": {"S": "audit"}, "sk": {"S": f"{entry.sequence:016d}"}, "body": {"S": entry.body}}
        item |= {"digest": {"S": entry.digest}, "signature": {"S": signature}}
        self.dynamodb.put_item(TableName="policies", Item=item)


@pytest.fixture
def trail(dynamodb: Any) -> Trail:
    return Trail(dynamodb)


def test_exports_are_signed_locked_and_verified_with_the_public_key(trail: Trail) -> None:
    """What KMS signs holds with nothing but its public key; each checkpoint names the one before it. GOV-2"""
    assert trail.checkpoints.make() is None
    for number in range(7):
        trail.commit()
        if number % 3 == 0:
            trail.checkpoints.make()
    last = trail.checkpoints.make() or trail.checkpoints.newest()
    assert last == trail.checkpoints.newest() == trail.checkpoints.make()
    contents = trail.bucket.contents()
    assert contents.findings == ()
    assert {each.lock for each in contents.objects} == {"COMPLIANCE"}
    holds = signature_check(trail.checkpoints.key().pem.encode())
    result = verify_trail(*merge_exports([each.text for each in contents.objects]), holds)
    assert (result.head, [point.sequence for point in result.checkpoints]) == (trail.ledger.head(), [1, 4, 7])


def test_signing_begins_where_the_bucket_ends(trail: Trail) -> None:
    """A new instance, which has signed nothing yet, finds the newest of any number of objects."""
    for count in range(1, 10):
        trail.commit()
        made = Checkpoints(trail.ledger, key=trail.key, bucket=trail_bucket()).make()
        assert made is not None
        assert made.object == object_name(count)
        assert checkpoint_from(made.body).number == checkpoint_from(made.body).sequence == count


def test_signing_goes_on_from_the_oldest_version(trail: Trail) -> None:
    """An old checkpoint that was put over the newest, or a delete marker, changes nothing."""
    trail.commit()
    trail.checkpoints.make()
    trail.commit()
    trail.checkpoints.make()
    s3 = boto3.client("s3")
    old = s3.get_object(Bucket=BUCKET, Key=object_name(1))["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=object_name(2), Body=old, ChecksumAlgorithm="SHA256")
    s3.delete_object(Bucket=BUCKET, Key=object_name(1))
    trail.commit()
    made = Checkpoints(trail.ledger, key=trail.key, bucket=trail_bucket()).make()
    assert made is not None
    assert checkpoint_from(made.body).number == 3


def test_signing_does_not_go_below_what_the_bucket_has(trail: Trail) -> None:
    """An end that was cut off, and entries written anew after it: refused, and nothing is exported."""
    trail.commit(3)
    trail.checkpoints.make()
    trail.delete(3)
    with pytest.raises(BrokenChainError, match="missing in the table") as caught:
        trail.checkpoints.make()
    assert caught.value.sequence == 3
    head = ChainHead(sequence=2, digest=json.loads(trail.ledger.links(after=1, limit=1)[0].body)["previous"])
    trail.write(AuditRecord(actor="eve", action="put"), head)
    with pytest.raises(BrokenChainError, match="the bucket has another one in its place"):
        trail.checkpoints.make()
    assert len(trail.bucket.contents().objects) == 1


def test_an_entry_that_the_function_has_not_signed_is_not_signed_for(trail: Trail) -> None:
    """An invented actor, without a signature, with another entry's, or with one of another key."""
    trail.commit(2)
    head = trail.ledger.head()
    kms = boto3.client("kms")
    other = TrailKey(
        kms, kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    )
    ghost = AuditRecord(actor="arn:aws:iam::123456789012:user/ghost", action="put")
    forged = next_entry(head, ghost, "2026-11-22T09:30:00+00:00").statement
    for signature in ("", trail.ledger.links(limit=1)[0].signature, other.sign(forged), "?"):
        trail.write(ghost, head, signature)
        with pytest.raises(BrokenChainError) as caught:
            trail.checkpoints.make()
        assert caught.value.sequence == 3
    assert trail.bucket.contents().objects == ()


def test_what_is_broken_is_not_signed_for(trail: Trail, dynamodb: Any) -> None:
    """A trail that was altered in the table gets no checkpoint."""
    trail.commit(3)
    key = {"pk": {"S": "audit"}, "sk": {"S": f"{2:016d}"}}
    item = dynamodb.get_item(TableName="policies", Key=key)["Item"]
    item["body"]["S"] = item["body"]["S"].replace("ada", "eve")
    dynamodb.put_item(TableName="policies", Item=item)
    with pytest.raises(BrokenChainError) as caught:
        trail.checkpoints.make()
    assert caught.value.sequence == 2


def test_two_exports_at_the_same_time_make_no_fork(trail: Trail) -> None:
    """The second one finds its number taken, and goes on after the first."""
    trail.commit()

    class Slow(TrailBucket):
        def put(self, number: int, text: str) -> bool:
            if number == 1:
                trail.checkpoints.make()
                trail.commit()
            return super().put(number, text)

    made = Checkpoints(trail.ledger, key=trail.key, bucket=Slow(boto3.client("s3"), BUCKET)).make()
    assert made is not None
    assert (made.object, checkpoint_from(made.body).sequence) == (object_name(2), 2)
    assert trail.bucket.contents().findings == ()


def test_a_key_or_bucket_that_fails_loses_nothing(trail: Trail) -> None:
    """Without the key nothing is changed; without the bucket the changes stand, and are exported later."""
    absent = PolicyLedger(trail.dynamodb, "policies", sign=TrailKey(boto3.client("kms"), ABSENT).sign)
    with pytest.raises(CheckpointError, match="could not be signed: NotFoundException"):
        absent.commit(AuditRecord(actor="ada", action="put"))
    assert trail.ledger.head() == ChainHead()
    trail.commit()
    broken = TrailBucket(boto3.client("s3"), "absent")
    with pytest.raises(CheckpointError, match="could not be read: NoSuchBucket"):
        Checkpoints(trail.ledger, key=trail.key, bucket=broken).make()
    trail.commit()
    record = trail.checkpoints.make()
    assert record is not None
    assert json.loads(record.body)["sequence"] == 2
