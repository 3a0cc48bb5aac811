"""A resource of the emulated AWS that was changed behind the program's back is seen as it is."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.engine.planning.diff import compare
from sandbox.provider.live import children
from sandbox.provider.live.forms import FORMS
from sandbox.provider.live.look import look
from sandbox.provider.live.network_acl_rules import network_acl_inputs
from sandbox.provider.registry import MAPPINGS
from tests.support.provider.world import TRUST, World

OPEN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
CLOSED = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
RULE = {
    "ruleNo": 100,
    "action": "allow",
    "protocol": "tcp",
    "cidrBlock": "10.0.0.0/8",
    "fromPort": 443,
    "toPort": 443,
}


def differing(world: World, token: str, state: Any, inputs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What of a resource is otherwise than these inputs."""
    found = world.provider.look(token, state.id, inputs, state.outputs)
    assert found is not None
    return {change.path: (change.old, change.new) for change in compare(inputs, found.values)}


def _policy(world: World) -> tuple[dict[str, Any], Any, dict[str, tuple[Any, Any]]]:
    return (
        {"policy": CLOSED},
        lambda state: world.aws("iam").create_policy_version(
            PolicyArn=state.id, PolicyDocument=OPEN, SetAsDefault=True
        ),
        {"policy.Statement[0].Action": ("s3:GetObject", "*")},
    )


def _role(world: World) -> tuple[dict[str, Any], Any, dict[str, tuple[Any, Any]]]:
    return (
        {"assumeRolePolicy": TRUST, "tags": {"a": "1"}},
        lambda state: world.aws("iam").tag_role(RoleName=state.id, Tags=[{"Key": "b", "Value": "2"}]),
        {"tags.b": (None, "2")},
    )


def _table(world: World) -> tuple[dict[str, Any], Any, dict[str, tuple[Any, Any]]]:
    return (
        {
            "attributes": [{"name": "id", "type": "S"}],
            "hashKey": "id",
            "billingMode": "PAY_PER_REQUEST",
            "ttl": {"enabled": True, "attributeName": "expires"},
        },
        lambda state: world.aws("dynamodb").update_time_to_live(
            TableName=state.id, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires"}
        ),
        {"ttl.enabled": (True, False)},
    )


def _network_acl(world: World) -> tuple[dict[str, Any], Any, dict[str, tuple[Any, Any]]]:
    extra = {"RuleNumber": 90, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    return (
        {"vpcId": world.vpc(), "ingress": [RULE], "egress": [RULE]},
        lambda state: world.aws("ec2").create_network_acl_entry(NetworkAclId=state.id, Egress=False, **extra),
        {
            "ingress[1]": (
                None,
                {
                    "ruleNo": 90,
                    "action": "allow",
                    "protocol": "-1",
                    "cidrBlock": "0.0.0.0/0",
                    "fromPort": 0,
                    "toPort": 0,
                },
            )
        },
    )


def _key(world: World) -> tuple[dict[str, Any], Any, dict[str, tuple[Any, Any]]]:
    return (
        {"enableKeyRotation": True},
        lambda state: world.aws("kms").disable_key_rotation(KeyId=state.id),
        {"enableKeyRotation": (True, False)},
    )


CHANGES = {
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:dynamodb/table:Table": _table,
    "aws:ec2/networkAcl:NetworkAcl": _network_acl,
    "aws:kms/key:Key": _key,
}


@pytest.mark.parametrize("token", CHANGES)
def test_a_change_behind_the_programs_back_is_seen(world: World, token: str) -> None:
    """With the declared value and the one that is there; before it, nothing differs."""
    inputs, change, expected = CHANGES[token](world)
    state = world.make(token, **inputs)
    assert differing(world, token, state, inputs) == {}
    change(state)
    found = differing(world, token, state, inputs)
    assert {path: found.get(path) for path in expected} == expected


def test_additions_inside_of_resources_are_found(world: World) -> None:
    """A rule of a group, a policy of a role and a route: each by the id that its record would have."""
    group = world.make("aws:ec2/securityGroup:SecurityGroup", vpcId=world.vpc(), description="drift")
    role = world.make("aws:iam/role:Role", assumeRolePolicy=TRUST)
    assert world.provider.inside("aws:ec2/securityGroup:SecurityGroup", group.id, {}) == ()
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    made = world.aws("ec2").authorize_security_group_ingress(GroupId=group.id, IpPermissions=[permission])
    world.aws("iam").put_role_policy(RoleName=role.id, PolicyName="backdoor", PolicyDocument=OPEN)
    assert world.provider.inside("aws:ec2/securityGroup:SecurityGroup", group.id, {}) == (
        children.InnerResource(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            id=made["SecurityGroupRules"][0]["SecurityGroupRuleId"],
        ),
    )
    assert world.provider.inside("aws:iam/role:Role", role.id, {}) == (
        children.InnerResource(type="aws:iam/rolePolicy:RolePolicy", id=f"{role.id}:backdoor"),
    )


def test_what_is_gone_is_none(world: World) -> None:
    """A deleted resource is not there."""
    state = world.make("aws:iam/policy:Policy", policy=CLOSED)
    world.aws("iam").delete_policy(PolicyArn=state.id)
    assert world.provider.look("aws:iam/policy:Policy", state.id, {"policy": CLOSED}, state.outputs) is None


def test_every_form_and_every_parent_is_of_a_type_that_there_is() -> None:
    """A table that names a type or an input wrongly would tell nothing."""
    assert {*FORMS, *children.CHILDREN} <= MAPPINGS.keys()
    assert [
        f"{token} {name}"
        for token, form in FORMS.items()
        for name in form.identity
        if name not in MAPPINGS[token].properties()
    ] == []


def test_what_is_only_recorded_is_untold() -> None:
    """No answer speaks for a type that the emulator lacks."""
    mapping = next(mapping for mapping in MAPPINGS.values() if mapping.not_emulated is not None)
    found = look(mapping, SimpleNamespace(inputs={"a": 1, "b": None}), {})  # type: ignore[arg-type]
    assert found is not None
    assert (found.values, found.untold) == ({"a": 1}, ("a",))


def test_the_rules_of_a_network_acl_without_awss_own() -> None:
    """In the order of their numbers, protocols by name."""
    last = {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": False}
    ours = {
        "RuleNumber": 100,
        "Protocol": "6",
        "RuleAction": "allow",
        "CidrBlock": "10.0.0.0/8",
        "Egress": False,
        "PortRange": {"From": 443, "To": 443},
    }
    assert network_acl_inputs({"Entries": [last, ours]}, {})["ingress"] == [RULE]
