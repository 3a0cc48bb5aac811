"""The two secrets of grants and their rotation, each made alone. GOV-4, SEC-2."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.secrets.grant_keys import SCHEDULE, GrantKeySchedule, GrantSecrets
from components.secrets.grant_policy import public_keys_policy, signing_key_policy
from components.secrets.schedule import RotationFunction
from components.secrets.secret import RECOVERY_DAYS
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SECRET, POLICY = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


def secrets(*, deletion_protection: bool = True) -> RecordedComponent:
    return record_component(
        lambda: GrantSecrets(
            "grants", SCOPE, key_arn="arn:key:grants", deletion_protection=deletion_protection
        )
    )


def test_no_key_is_in_the_state() -> None:
    """Pulumi makes both secrets without a value: the rotation function fills them."""
    found = secrets()
    assert found.children == {SECRET: 2, POLICY: 2}
    assert {one.inputs["kmsKeyId"] for one in found.graph.of(SECRET)} == {"arn:key:grants"}
    names = [one.inputs["name"] for one in found.graph.of(SECRET)]
    assert names == ["dev/grants/public-keys", "dev/grants/signing-key"]


def test_each_secret_has_its_policy() -> None:
    """The planned policies name the secrets' own ARNs."""
    found = secrets()
    planned = {
        "grants.signing-key": document(signing_key_policy(SCOPE.place, found.outputs["signing_key_arn"])),
        "grants.public-keys": document(public_keys_policy(SCOPE.place, found.outputs["public_keys_arn"])),
    }
    policies = found.graph.of(POLICY)
    assert {one.name: one.inputs["policy"] for one in policies} == planned
    assert all(one.inputs["blockPublicPolicy"] for one in policies)


@pytest.mark.parametrize(("protection", "days"), [(True, RECOVERY_DAYS), (False, 0)])
def test_a_protected_key_can_be_brought_back(protection: bool, days: int) -> None:
    """Elsewhere the names are free at once, for the next deployment."""
    found = secrets(deletion_protection=protection)
    assert {one.inputs["recoveryWindowInDays"] for one in found.graph.of(SECRET)} == {days}


def test_the_first_pair_is_made_at_once() -> None:
    """The schedule begins with a rotation: until then the secrets are empty."""

    function = RotationFunction(arn="arn:function:rotation")

    def make() -> GrantKeySchedule:
        return GrantKeySchedule("grants", function, signing_key_arn="arn:secret:signing-key")

    rotation = record_component(make).graph.one(ROTATION, "grants")
    assert rotation.inputs == {
        "secretId": "arn:secret:signing-key",
        "rotationLambdaArn": "arn:function:rotation",
        "rotationRules": {"scheduleExpression": SCHEDULE},
    }
