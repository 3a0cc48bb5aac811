"""The table of releases, made alone. DEL-4."""

from __future__ import annotations

import pytest

from components.releases.release_table import ReleaseTable
from tests.support.recording.component import SCOPE, record_component

TABLE = "aws:dynamodb/table:Table"


@pytest.mark.parametrize("protection", [True, False])
def test_releases_stay(protection: bool) -> None:
    """On demand, under our key, restorable, without a time to live, protected where wanted."""
    found = record_component(
        lambda: ReleaseTable("releases", SCOPE, key_arn="arn:key", deletion_protection=protection)
    )
    assert found.children == {TABLE: 1}
    table = found.only(TABLE)
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert "ttl" not in table.inputs
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:key"}
    assert (table.inputs["deletionProtectionEnabled"], table.protect) == (protection, protection)
    assert found.outputs == {"name": "dev-releases"}
