"""Checkpoints: the trail is signed, and exported into a locked bucket."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.policies.audit_trail import signature_check
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.changing.errors import CheckpointError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import (
    AuditRecord,
)
from policies.calls.trail.errors import BrokenChainError
from policies.calls.trail.export import (
    merge_exports,
    verify_trail,
)


@pytest.fixture
def signing(dynamodb: Any) -> tuple[PolicyLedger, dict[str, Any]]:
    """A ledger, and what its checkpoints are made with."""
    key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="trail", ObjectLockEnabledForBucket=True)
    retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket="trail", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    made = {"kms": boto3.client("kms"), "s3": s3, "key": key["KeyMetadata"]["Arn"], "bucket": "trail"}
    return PolicyLedger(dynamodb, "policies"), made


def test_exports_are_signed_locked_and_verified_with_the_public_key(
    signing: tuple[PolicyLedger, dict[str, Any]],
) -> None:
    """What KMS signs holds with nothing but its public key; the objects follow each other and are locked."""
    ledger, made = signing
    checkpoints = Checkpoints(ledger, **made)
    assert checkpoints.make() is None
    for number in range(7):
        ledger.commit(AuditRecord(actor="ada", action="put", details={"id": str(number)}))
        if number % 3 == 0:
            checkpoints.make()
    last = checkpoints.make()
    assert last == checkpoints.newest() == checkpoints.make()
    s3 = made["s3"]
    names = [item["Key"] for item in s3.list_objects_v2(Bucket="trail")["Contents"]]
    texts = [s3.get_object(Bucket="trail", Key=name)["Body"].read().decode() for name in names]
    holds = signature_check(checkpoints.key().pem.encode(), "key")
    result = verify_trail(*merge_exports(texts), holds)
    assert (result.head, result.signed) == (ledger.head(), 7)
    assert {s3.head_object(Bucket="trail", Key=name)["ObjectLockMode"] for name in names} == {"COMPLIANCE"}
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(BrokenChainError, match="the signature of its checkpoint does not hold"):
        verify_trail(*merge_exports(texts), signature_check(pem, "another key"))


def test_what_is_broken_is_not_signed_for(
    signing: tuple[PolicyLedger, dict[str, Any]], dynamodb: Any
) -> None:
    """A trail that was altered in the table gets no checkpoint."""
    ledger, made = signing
    for number in range(3):
        ledger.commit(AuditRecord(actor="ada", action="put", details={"id": str(number)}))
    key = {"pk": {"S": "audit"}, "sk": {"S": f"{2:016d}"}}
    item = dynamodb.get_item(TableName="policies", Key=key)["Item"]
    item["body"]["S"] = item["body"]["S"].replace("ada", "eve")
    dynamodb.put_item(TableName="policies", Item=item)
    with pytest.raises(BrokenChainError) as caught:
        Checkpoints(ledger, **made).make()
    assert caught.value.sequence == 2


def test_a_key_or_bucket_that_fails_loses_nothing(signing: tuple[PolicyLedger, dict[str, Any]]) -> None:
    """The changes stand; the next checkpoint signs and exports them too."""
    ledger, made = signing
    ledger.commit(AuditRecord(actor="ada", action="put"))
    for broken in ({"bucket": "absent"}, {"key": "arn:aws:kms:us-east-1:123456789012:key/absent"}):
        with pytest.raises(CheckpointError, match=r"could not be (signed|exported)"):
            Checkpoints(ledger, **{**made, **broken}).make()
    ledger.commit(AuditRecord(actor="ada", action="put"))
    record = Checkpoints(ledger, **made).make()
    assert record is not None
    assert json.loads(record.body)["sequence"] == 2
    assert record.object.startswith(f"audit/{1:016d}-{2:016d}-")
