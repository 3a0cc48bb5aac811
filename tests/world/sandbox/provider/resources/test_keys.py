"""Keys and their aliases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import keys
from tests.support.provider.world import Walk, World, tags_of

KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)


def _key(world: World, state: Any) -> Any:
    kms = world.aws("kms")
    found = kms.describe_key(KeyId=state.id)["KeyMetadata"]
    rotation = kms.get_key_rotation_status(KeyId=state.id)
    tags = kms.list_resource_tags(KeyId=state.id)["Tags"]
    return (
        found["Description"],
        rotation["KeyRotationEnabled"],
        tags_of(tags),
    )


def _alias(world: World, state: Any) -> Any:
    aliases = world.aws("kms").list_aliases()["Aliases"]
    found = next(each for each in aliases if each["AliasName"] == state.id)
    return state.outputs["targetKeyArn"].endswith(found["TargetKeyId"]), found["AliasArn"] == state.outputs[
        "arn"
    ]


CASES: dict[str, dict[str, Any]] = {
    "key": {
        "token": keys.KEY.token,
        "inputs": lambda w: {
            "description": "d",
            "enableKeyRotation": True,
            "rotationPeriodInDays": 180,
            "deletionWindowInDays": 7,
            "policy": KEY_POLICY,
            "tags": {"a": "1"},
        },
        "look": _key,
        "created": ("d", True, {"a": "1"}),
        "outputs": "arn keyId",
        "change": {
            "description": "e",
            "rotationPeriodInDays": 90,
            "policy": KEY_POLICY.replace("kms:*", "kms:Get*"),
            "tags": {"b": "2"},
        },
        "updated": ("e", True, {"b": "2"}),
    },
    "key alias": {
        "token": keys.ALIAS.token,
        "inputs": lambda w: {"name": f"alias/{w.unique()}", "targetKeyId": w.key(1).id},
        "look": _alias,
        "created": (True, True),
        "change": lambda w: {"targetKeyId": w.key(2).outputs["arn"]},
        "updated": (True, True),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (KEY-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in keys.MAPPINGS} - walked == set()


def test_deleted_key_waits_for_its_days(world: World) -> None:
    """Deleting a key schedules its deletion after the window that was asked for (KEY-1)."""
    token, inputs = keys.KEY.token, {"deletionWindowInDays": 7}
    state = world.make(token, **inputs)
    world.drop(token, state, inputs)
    found = world.aws("kms").describe_key(KeyId=state.id)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"


def test_rotation_off_again(world: World) -> None:
    """Rotation that is no longer asked for is switched off."""
    token, inputs = keys.KEY.token, {"enableKeyRotation": True}
    state = world.make(token, **inputs)
    world.provider.update(world.operation(), token, state.id, {}, state, inputs)
    assert world.aws("kms").get_key_rotation_status(KeyId=state.id)["KeyRotationEnabled"] is False


def test_made_up_alias_begins_with_alias(world: World) -> None:
    """KMS wants `alias/` in front, so a made-up alias has it."""
    state = world.make(keys.ALIAS.token, targetKeyId=world.key(1).id)
    assert state.id.startswith("alias/thing-")
