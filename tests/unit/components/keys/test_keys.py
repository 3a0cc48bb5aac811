"""KMS keys with their aliases, each made alone. KEY-1, GOV-2."""

from __future__ import annotations

import pulumi
import pytest

from components.identity.statement import document
from components.keys.key import Key
from components.keys.key_policy import audit_key_policy, platform_key_policy
from components.keys.signing_key import KmsSigningKey
from tests.support.recording.component import SCOPE, record_component
from tests.support.recording.recorder import ACCOUNT, REGION

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"


@pytest.mark.parametrize("protect", [True, False])
def test_key_rotates_under_a_policy_of_its_own(protect: bool) -> None:
    """A symmetric key with the given policy, rotation and protection, and an alias by environment."""
    statements = platform_key_policy(SCOPE.place)
    found = record_component(
        lambda: Key(
            "platform",
            SCOPE,
            subject="platform",
            purpose="logs",
            statements=statements,
            rotation_days=90,
            deletion_days=7,
            protect=protect,
            service="axon",
            opts=pulumi.ResourceOptions(protect=True),
        )
    )
    assert (found.component.type, found.component.protect) == ("myelin:keys:Key", True)
    assert found.children == {KEY: 1, ALIAS: 1}
    key, alias = found.only(KEY), found.only(ALIAS).inputs
    assert (key.inputs["enableKeyRotation"], key.inputs["rotationPeriodInDays"]) == (True, 90)
    assert (key.inputs["policy"], key.inputs["deletionWindowInDays"]) == (document(statements), 7)
    assert key.protect is protect
    assert key.inputs["description"] == "logs"
    assert key.inputs["tags"] == SCOPE.tags("dev-platform", service="axon")
    assert (alias["name"], alias["targetKeyId"]) == ("alias/dev/platform", "key-platform")
    assert set(found.outputs) == {"arn"}


def test_signing_key_is_asymmetric() -> None:
    """It signs with ECDSA on P-256, and says nothing of rotation, which KMS has for symmetric keys alone."""
    found = record_component(
        lambda: KmsSigningKey(
            "audit",
            SCOPE,
            subject="audit",
            purpose="checkpoints",
            statements=audit_key_policy(SCOPE.place),
            deletion_days=30,
            protect=True,
            opts=pulumi.ResourceOptions(protect=True),
        )
    )
    assert (found.component.type, found.component.protect) == ("myelin:keys:SigningKey", True)
    assert found.children == {KEY: 1, ALIAS: 1}
    key = found.only(KEY)
    assert (key.inputs["keyUsage"], key.inputs["customerMasterKeySpec"]) == ("SIGN_VERIFY", "ECC_NIST_P256")
    assert "enableKeyRotation" not in key.inputs
    assert key.protect
    assert (key.inputs["description"], key.inputs["deletionWindowInDays"]) == ("checkpoints", 30)
    assert key.inputs["policy"] == document(audit_key_policy(SCOPE.place))
    assert key.inputs["tags"] == SCOPE.tags("dev-audit")
    assert found.outputs == {"arn": f"arn:aws:key:{REGION}:{ACCOUNT}:audit"}
    assert found.only(ALIAS).inputs["name"] == "alias/dev/audit"
