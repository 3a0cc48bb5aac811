"""A secret with a generated value, made alone. SEC-1."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.secrets.schedule import RotationFunction, monthly
from components.secrets.secret import LENGTH, RECOVERY_DAYS, GeneratedSecret
from components.secrets.secret_policy import secret_policy
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SECRET, VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
FUNCTION = RotationFunction(arn="arn:function:rotation")
READERS = ("arn:aws:iam::111122223333:role/dev-axon-task",)


def made(*, deletion_protection: bool = True, rotated: bool = True) -> RecordedComponent:
    return record_component(
        lambda: GeneratedSecret(
            "axon.heartbeat-key",
            SCOPE,
            physical_name="dev/axon/heartbeat-key",
            purpose="stamps heartbeats",
            key_arn="arn:key:axon",
            readers=READERS,
            deletion_protection=deletion_protection,
            rotation=FUNCTION if rotated else None,
            restarts="axon",
            service="axon",
        )
    )


def test_first_value_is_generated_and_stays_secret() -> None:
    """The value is random, secret in the state, and ignored by later deployments: rotation changes it."""
    version = made().only(VERSION)
    assert version.secret_inputs == {"secretString"}
    assert len(version.inputs["secretString"]) == LENGTH
    assert version.ignore_changes == ("secretString",)


def test_secret_is_under_its_owners_key_and_policy() -> None:
    """The given key encrypts it, and the planned policy names its readers."""
    found = made(rotated=False)
    policy = "aws:secretsmanager/secretPolicy:SecretPolicy"
    assert found.children == {SECRET: 1, VERSION: 1, policy: 1}
    assert found.only(SECRET).inputs["kmsKeyId"] == "arn:key:axon"
    arn = found.outputs["arn"]
    assert found.only(policy).inputs["policy"] == document(
        secret_policy(SCOPE.place, arn, READERS, rotated=False)
    )
    assert found.only(policy).inputs["blockPublicPolicy"] is True


@pytest.mark.parametrize(("protection", "days"), [(True, RECOVERY_DAYS), (False, 0)])
def test_a_protected_secret_can_be_brought_back(protection: bool, days: int) -> None:
    """Elsewhere its name is free at once, for the next deployment."""
    assert made(deletion_protection=protection).only(SECRET).inputs["recoveryWindowInDays"] == days


def test_rotation_goes_by_schedule_after_the_first_value() -> None:
    """SEC-2: once a month, not at the deployment; tags tell the function what to do, and whom to restart."""
    found = made().graph
    schedule = found.one("aws:secretsmanager/secretRotation:SecretRotation", "axon.heartbeat-key")
    assert schedule.inputs["rotationLambdaArn"] == FUNCTION.arn
    assert schedule.inputs["rotationRules"] == {"scheduleExpression": monthly("dev/axon/heartbeat-key")}
    assert schedule.inputs["rotateImmediately"] is False
    version = found.one(VERSION, "axon.heartbeat-key")
    assert version.urn in schedule.dependencies
    tags = found.one(SECRET, "axon.heartbeat-key").inputs["tags"]
    assert (tags["myelin:rotation"], tags["myelin:restart"]) == ("generated", "axon")


def test_what_people_put_in_is_not_rotated() -> None:
    """Without the rotation function there is no schedule, and no tag that would let the function in."""
    tags = made(rotated=False).only(SECRET).inputs["tags"]
    assert not {"myelin:rotation", "myelin:restart"} & set(tags)
