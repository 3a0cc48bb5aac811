"""The table of records of deeds, made alone. ORB-1."""

from __future__ import annotations

import pytest

from components.idempotency.idempotency_table import IdempotencyRecords
from tests.support.recording.component import SCOPE, record_component

TABLE = "aws:dynamodb/table:Table"


@pytest.mark.parametrize("protection", [True, False])
def test_records_leave_by_themselves(protection: bool) -> None:
    """Keyed by id, on demand, under our key, restorable, with a time to live, protected where wanted."""
    found = record_component(
        lambda: IdempotencyRecords("idempotency", SCOPE, key_arn="arn:key", deletion_protection=protection)
    )
    assert found.children == {TABLE: 1}
    table = found.only(TABLE)
    assert table.inputs["hashKey"] == "id"
    assert "rangeKey" not in table.inputs
    assert table.inputs["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:key"}
    assert (table.inputs["deletionProtectionEnabled"], table.protect) == (protection, protection)
    assert found.outputs == {"name": "dev-idempotency"}
