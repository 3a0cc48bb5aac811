"""On-demand rotation of KMS keys has the bounds of KMS in the sandbox. KEY-1"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.cloud.rotation import key_rotation


@pytest.fixture
def kms() -> Any:
    key_rotation.install()
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def test_a_key_takes_25_rotations_on_demand(kms: Any) -> None:
    """The 26th is refused, and the rotations before it stay listed."""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(key_rotation.MOST_ON_DEMAND):
        kms.rotate_key_on_demand(KeyId=key)
    with pytest.raises(ClientError, match="LimitExceededException"):
        kms.rotate_key_on_demand(KeyId=key)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 25


def test_an_asymmetric_key_is_not_rotated(kms: Any) -> None:
    """KMS has no further material for it."""
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        kms.rotate_key_on_demand(KeyId=key)


def test_a_schedule_tells_its_period_and_its_next_date(kms: Any) -> None:
    """The period that was given, or a year; none where rotation is off."""
    given, plain, off = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3))
    kms.enable_key_rotation(KeyId=given, RotationPeriodInDays=90)
    kms.enable_key_rotation(KeyId=plain)
    found = [kms.get_key_rotation_status(KeyId=key) for key in (given, plain)]
    assert [each["RotationPeriodInDays"] for each in found] == [90, 365]
    assert found[0]["NextRotationDate"] < found[1]["NextRotationDate"]
    assert "NextRotationDate" not in kms.get_key_rotation_status(KeyId=off)
