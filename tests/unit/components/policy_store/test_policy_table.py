"""The table of policies, made alone. GOV-2."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.policy_store.table import PolicyTable
from components.policy_store.table_policy import policy_table_policy
from tests.support.recording.component import SCOPE, record_component

TABLE, POLICY = "aws:dynamodb/table:Table", "aws:dynamodb/resourcePolicy:ResourcePolicy"


@pytest.mark.parametrize("protection", [True, False])
def test_policy_table(protection: bool) -> None:
    """Keyed by pk and sk, on demand, under our key, restorable, protected where that is wanted."""
    found = record_component(
        lambda: PolicyTable("policies", SCOPE, key_arn="arn:key", deletion_protection=protection)
    )
    assert found.children == {TABLE: 1, POLICY: 1}
    policy = found.only(POLICY).inputs
    assert policy["policy"] == document(policy_table_policy(SCOPE.place))
    assert policy["resourceArn"] == found.outputs["arn"]
    table = found.only(TABLE)
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:key"}
    assert (table.inputs["deletionProtectionEnabled"], table.protect) == (protection, protection)
    assert found.outputs["name"] == "dev-governance-policies"
    assert set(found.outputs) == {"name", "arn"}
