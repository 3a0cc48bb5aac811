from __future__ import annotations

import json
from typing import Any

import pytest

OTHER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}],
    }
)
DOCUMENT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
    }
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
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


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag.get("Key") or tag["TagKey"]: tag.get("Value") or tag["TagValue"] for tag in tags}


def _action(document: Any) -> str:
    found = json.loads(document) if isinstance(document, str) else document
    return str(found["Statement"][0]["Action"])


def _policy(world: Any, state: Any) -> Any:
    iam = world.aws("iam")
    found = iam.get_policy(PolicyArn=state.id)["Policy"]
    version = iam.get_policy_version(PolicyArn=state.id, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return (
        found["PolicyName"] == state.outputs["name"],
        _action(version["Document"]),
        _tags(found.get("Tags", [])),
    )


def _role(world: Any, state: Any) -> Any:
    found = world.aws("iam").get_role(RoleName=state.id)["Role"]
    trusted = found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return trusted, found.get("Description", ""), bool(boundary), _tags(found.get("Tags", []))


def _role_policy(world: Any, state: Any) -> Any:
    role, _, name = state.id.partition(":")
    return _action(world.aws("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _attached(world: Any, state: Any) -> Any:
    found = world.aws("iam").list_attached_role_policies(RoleName=state.outputs["role"])["AttachedPolicies"]
    return [each["PolicyArn"] == state.outputs["policyArn"] for each in found]


def _key(world: Any, state: Any) -> Any:
    kms = world.aws("kms")
    found = kms.describe_key(KeyId=state.id)["KeyMetadata"]
    rotation = kms.get_key_rotation_status(KeyId=state.id)
    tags = kms.list_resource_tags(KeyId=state.id)["Tags"]
    return (
        found["Description"],
        rotation["KeyRotationEnabled"],
        _tags(tags),
    )


def _alias(world: Any, state: Any) -> Any:
    aliases = world.aws("kms").list_aliases()["Aliases"]
    found = next(each for each in aliases if each["AliasName"] == state.id)
    return state.outputs["targetKeyArn"].endswith(found["TargetKeyId"]), found["AliasArn"] == state.outputs[
        "arn"
    ]


def _new_policy(world: Any) -> str:
    return str(world.make("aws:iam/policy:Policy", policy=DOCUMENT).id)


def _new_role(world: Any) -> str:
    return str(world.make("aws:iam/role:Role", assumeRolePolicy=TRUST).id)


CASES = {
    "policy": {
        "token": "aws:iam/policy:Policy",
        "inputs": lambda w: {
            "name": w.unique("policy"),
            "description": "d",
            "policy": DOCUMENT,
            "tags": {"a": "1"},
        },
        "look": _policy,
        "created": (True, "s3:GetObject", {"a": "1"}),
        "outputs": "arn policyId",
        "change": {"policy": OTHER, "tags": {"b": "2"}},
        "updated": (True, "s3:PutObject", {"b": "2"}),
    },
    "role": {
        "token": "aws:iam/role:Role",
        "inputs": lambda w: {
            "name": w.unique("role"),
            "description": "d",
            "assumeRolePolicy": TRUST,
            "permissionsBoundary": _new_policy(w),
            "tags": {"a": "1"},
        },
        "look": _role,
        "created": ("ecs-tasks.amazonaws.com", "d", True, {"a": "1"}),
        "outputs": "arn uniqueId",
        "change": {
            "description": "e",
            "assumeRolePolicy": TRUST.replace("ecs-tasks", "lambda"),
            "permissionsBoundary": None,
            "tags": {"b": "2"},
        },
        "updated": ("lambda.amazonaws.com", "e", False, {"b": "2"}),
    },
    "role policy": {
        "token": "aws:iam/rolePolicy:RolePolicy",
        "inputs": lambda w: {"name": "own", "role": _new_role(w), "policy": json.loads(DOCUMENT)},
        "look": _role_policy,
        "created": "s3:GetObject",
        "change": {"policy": OTHER},
        "updated": "s3:PutObject",
    },
    "role policy attachment": {
        "token": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "inputs": lambda w: {"role": _new_role(w), "policyArn": _new_policy(w)},
        "look": _attached,
        "created": [True],
    },
    "key": {
        "token": "aws:kms/key:Key",
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
        "token": "aws:kms/alias:Alias",
        "inputs": lambda w: {"name": f"alias/{w.unique()}", "targetKeyId": w.key(1).id},
        "look": _alias,
        "created": (True, True),
        "change": lambda w: {"targetKeyId": w.key(2).outputs["arn"]},
        "updated": (True, True),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_identity_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Policies, roles and keys are made, seen, changed in place, and removed twice (IAM-1, KEY-1)."""
    walk(case)


def test_policy_keeps_five_versions(world: Any) -> None:
    """A policy that changes again and again never meets IAM's limit of five versions."""
    token = "aws:iam/policy:Policy"
    inputs = {"name": world.unique("policy"), "policy": DOCUMENT}
    state = world.make(token, **inputs)
    for number in range(7):
        changed = {**inputs, "policy": DOCUMENT.replace("b/*", f"b{number}/*")}
        state = world.provider.update(world.operation(), token, state.id, changed, state, inputs)
        inputs = changed
    versions = world.aws("iam").list_policy_versions(PolicyArn=state.id)["Versions"]
    assert len(versions) == 5
    default = next(each for each in versions if each["IsDefaultVersion"])
    document = world.aws("iam").get_policy_version(PolicyArn=state.id, VersionId=default["VersionId"])
    assert "b6/*" in json.dumps(document["PolicyVersion"]["Document"])
    world.drop(token, state, inputs)


def test_role_brings_and_takes_its_policies(world: Any) -> None:
    """Managed and inline policies given with a role come, change and go with it."""
    token, first, second = "aws:iam/role:Role", _new_policy(world), _new_policy(world)
    inputs = {
        "assumeRolePolicy": TRUST,
        "managedPolicyArns": [first],
        "inlinePolicies": [{"name": "one", "policy": DOCUMENT}],
    }
    state = world.make(token, **inputs)
    iam = world.aws("iam")

    def seen() -> tuple[list[str], list[str]]:
        attached = iam.list_attached_role_policies(RoleName=state.id)["AttachedPolicies"]
        return [each["PolicyArn"] for each in attached], iam.list_role_policies(RoleName=state.id)[
            "PolicyNames"
        ]

    assert seen() == ([first], ["one"])
    changed = {**inputs, "managedPolicyArns": [second], "inlinePolicies": [{"name": "two", "policy": OTHER}]}
    state = world.provider.update(world.operation(), token, state.id, changed, state, inputs)
    assert seen() == ([second], ["two"])
    world.drop(token, state, changed)
    assert world.provider.read(token, state.id, changed) is None


def test_deleted_key_waits_for_its_days(world: Any) -> None:
    """Deleting a key schedules its deletion after the window that was asked for (KEY-1)."""
    token, inputs = "aws:kms/key:Key", {"deletionWindowInDays": 7}
    state = world.make(token, **inputs)
    world.drop(token, state, inputs)
    found = world.aws("kms").describe_key(KeyId=state.id)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"


def test_rotation_off_again(world: Any) -> None:
    """Rotation that is no longer asked for is switched off."""
    token, inputs = "aws:kms/key:Key", {"enableKeyRotation": True}
    state = world.make(token, **inputs)
    world.provider.update(world.operation(), token, state.id, {}, state, inputs)
    assert world.aws("kms").get_key_rotation_status(KeyId=state.id)["KeyRotationEnabled"] is False


def test_made_up_alias_begins_with_alias(world: Any) -> None:
    """KMS wants `alias/` in front, so a made-up alias has it."""
    state = world.make("aws:kms/alias:Alias", targetKeyId=world.key(1).id)
    assert state.id.startswith("alias/thing-")
