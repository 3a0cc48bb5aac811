"""Policies, roles and their attachments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import identity
from tests.support.provider.world import Walk, World, tags_of

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


def _action(document: Any) -> str:
    found = json.loads(document) if isinstance(document, str) else document
    return str(found["Statement"][0]["Action"])


def _policy(world: World, state: Any) -> Any:
    iam = world.aws("iam")
    found = iam.get_policy(PolicyArn=state.id)["Policy"]
    version = iam.get_policy_version(PolicyArn=state.id, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return (
        found["PolicyName"] == state.outputs["name"],
        _action(version["Document"]),
        tags_of(found.get("Tags", [])),
    )


def _role(world: World, state: Any) -> Any:
    found = world.aws("iam").get_role(RoleName=state.id)["Role"]
    trusted = found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return trusted, found.get("Description", ""), bool(boundary), tags_of(found.get("Tags", []))


def _role_policy(world: World, state: Any) -> Any:
    role, _, name = state.id.partition(":")
    return _action(world.aws("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _attached(world: World, state: Any) -> Any:
    found = world.aws("iam").list_attached_role_policies(RoleName=state.outputs["role"])["AttachedPolicies"]
    return [each["PolicyArn"] == state.outputs["policyArn"] for each in found]


def _new_policy(world: World) -> str:
    return str(world.make(identity.POLICY.token, policy=DOCUMENT).id)


def _new_role(world: World) -> str:
    return str(world.make(identity.ROLE.token, assumeRolePolicy=TRUST).id)


CASES: dict[str, dict[str, Any]] = {
    "policy": {
        "token": identity.POLICY.token,
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
        "token": identity.ROLE.token,
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
        "token": identity.ROLE_POLICY.token,
        "inputs": lambda w: {"name": "own", "role": _new_role(w), "policy": json.loads(DOCUMENT)},
        "look": _role_policy,
        "created": "s3:GetObject",
        "change": {"policy": OTHER},
        "updated": "s3:PutObject",
    },
    "role policy attachment": {
        "token": identity.ROLE_POLICY_ATTACHMENT.token,
        "inputs": lambda w: {"role": _new_role(w), "policyArn": _new_policy(w)},
        "look": _attached,
        "created": [True],
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (IAM-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in identity.MAPPINGS} - walked == set()


def test_policy_keeps_five_versions(world: World) -> None:
    """A policy that changes again and again never meets IAM's limit of five versions."""
    token = identity.POLICY.token
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


def test_role_brings_and_takes_its_policies(world: World) -> None:
    """Managed and inline policies given with a role come, change and go with it."""
    token, first, second = identity.ROLE.token, _new_policy(world), _new_policy(world)
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
