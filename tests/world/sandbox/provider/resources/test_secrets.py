"""Secrets, their versions and policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.provider.resources import secrets
from tests.support.functions.emulated_lambda import EmulatedLambda, aws, box, create
from tests.support.functions.rotators import MOVES
from tests.support.provider.world import Walk, World, tags_of, walk_through

__all__ = ["aws", "box", "create"]

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
            }
        ],
    }
)


def _secret(world: World, state: Any) -> Any:
    found = world.aws("secretsmanager").describe_secret(SecretId=state.id)
    return found["Name"] == state.outputs["name"], found["Description"], tags_of(found.get("Tags", []))


def _version(world: World, state: Any) -> Any:
    secret, _, version = state.id.partition("|")
    found = world.aws("secretsmanager").get_secret_value(SecretId=secret, VersionId=version)
    return found["SecretString"], sorted(found["VersionStages"])


def _secret_policy(world: World, state: Any) -> Any:
    found = world.aws("secretsmanager").get_resource_policy(SecretId=state.id)
    return json.loads(found["ResourcePolicy"])["Statement"][0]["Effect"]


def _rotation(world: World, state: Any) -> Any:
    client = world.aws("secretsmanager")
    found = client.describe_secret(SecretId=state.id)
    return (
        found["RotationEnabled"],
        found["RotationRules"]["ScheduleExpression"],
        client.get_secret_value(SecretId=state.id)["SecretString"],
        len(found["VersionIdsToStages"]),
    )


CASES: dict[str, dict[str, Any]] = {
    "secret": {
        "token": secrets.SECRET.token,
        "inputs": lambda w: {
            "name": w.unique("env/secret"),
            "description": "d",
            "kmsKeyId": w.key(1).outputs["arn"],
            "recoveryWindowInDays": 0,
            "tags": {"a": "1"},
        },
        "look": _secret,
        "created": (True, "d", {"a": "1"}),
        "outputs": "arn",
        "change": {"description": "e", "tags": {"b": "2"}},
        "updated": (True, "e", {"b": "2"}),
    },
    "secret version": {
        "token": secrets.SECRET_VERSION.token,
        "inputs": lambda w: {
            "secretId": w.make(secrets.SECRET.token).id,
            "secretString": "s",
            "versionStages": ["AWSCURRENT", "one"],
        },
        "look": _version,
        "created": ("s", ["AWSCURRENT", "one"]),
        "outputs": "arn secretArn versionId",
        "change": {"versionStages": ["AWSCURRENT", "two"]},
        "updated": ("s", ["AWSCURRENT", "two"]),
        "stays": True,
    },
    "secret policy": {
        "token": secrets.SECRET_POLICY.token,
        "inputs": lambda w: {"secretArn": w.make(secrets.SECRET.token).id, "policy": POLICY},
        "look": _secret_policy,
        "created": "Allow",
        "change": {"policy": POLICY.replace("Allow", "Deny")},
        "updated": "Deny",
    },
}


ROTATION: dict[str, Any] = {
    "token": secrets.SECRET_ROTATION.token,
    "inputs": lambda w: {
        "secretId": w.make(secrets.SECRET.token).id,
        "rotationLambdaArn": w.aws("lambda").get_function(FunctionName="r")["Configuration"]["FunctionArn"],
        "rotationRules": {"scheduleExpression": "cron(0 4 1 * ? *)"},
    },
    "look": _rotation,
    "created": (True, "cron(0 4 1 * ? *)", "made by rotation", 1),
    "outputs": "rotationEnabled",
    "change": {"rotationRules": {"scheduleExpression": "cron(0 5 1 * ? *)"}},
    "updated": (True, "cron(0 5 1 * ? *)", "made by rotation", 1),
}
"""Where functions run, so that the rotation does."""


@pytest.fixture
def rotating(create: Callable[..., Any], box: EmulatedLambda) -> World:
    """A world with a function `r` that rotates."""
    create("r", MOVES)
    return World(box.emulator.endpoint)


def test_a_rotation_lives_and_dies(rotating: World) -> None:
    """Making it rotates at once, other rules do not; its secret outlives it (SEC-2)."""
    state = walk_through(rotating, ROTATION)
    client = rotating.aws("secretsmanager")
    assert client.describe_secret(SecretId=state.id)["RotationEnabled"] is False
    assert client.get_secret_value(SecretId=state.id)["SecretString"] == "made by rotation"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (SEC-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in (*CASES.values(), ROTATION)}
    assert {mapping.token for mapping in secrets.MAPPINGS} - walked == set()


def test_secret_is_free_for_the_same_name_at_once(world: World) -> None:
    """Without days of grace a deleted secret's name can be used again immediately."""
    token, inputs = (
        secrets.SECRET.token,
        {"name": world.unique("env/again"), "recoveryWindowInDays": 0},
    )
    made = []
    for _ in range(2):
        state = world.make(token, **inputs)
        made.append(state.id)
        world.drop(token, state, inputs)
    assert len(set(made)) == 2


def test_secret_with_days_of_grace_can_be_restored(world: World) -> None:
    """With days of grace a deleted secret is only marked, and deleting it again is no error."""
    token, inputs = secrets.SECRET.token, {"recoveryWindowInDays": 7}
    state = world.make(token, **inputs)
    world.drop(token, state, inputs)
    world.drop(token, state, inputs)
    assert world.provider.read(token, state.id, inputs) is None
    assert world.aws("secretsmanager").restore_secret(SecretId=state.id)["ARN"] == state.id


def test_new_version_supersedes_the_old_one(world: World) -> None:
    """A replaced value is current, and removing the old version leaves the current one alone (SEC-2)."""
    token = secrets.SECRET_VERSION.token
    secret = world.make(secrets.SECRET.token).id
    old = world.make(token, secretId=secret, secretString="old")
    new = world.make(token, secretId=secret, secretString="new")
    world.drop(token, old, {"secretId": secret, "secretString": "old"})
    found = world.aws("secretsmanager").get_secret_value(SecretId=secret)
    assert (found["SecretString"], found["VersionId"]) == ("new", new.outputs["versionId"])
    assert world.provider.resource_type(token).secret_outputs == {"secretString", "secretBinary"}


def test_version_that_a_rotation_has_replaced_is_not_lost(world: World) -> None:
    """Its secret has a value, and nobody wants the first one back; without any value it is gone."""
    token = secrets.SECRET_VERSION.token
    secret = world.make(secrets.SECRET.token).id
    inputs = {"secretId": secret, "secretString": "first"}
    world.make(token, **inputs)
    forgotten = f"{secret}|00000000-0000-0000-0000-000000000000"
    assert world.provider.read(token, forgotten, inputs) is not None
    world.aws("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert world.provider.read(token, forgotten, inputs) is None
