"""Network ACLs, with their rules and subnets."""

from __future__ import annotations

from typing import Any

from sandbox.provider.resources import network_acls
from tests.support.provider.world import Walk, World, tags_of

TAGS = {"Name": "a"}


def rule(number: int, first: int, last: int, **more: Any) -> dict[str, Any]:
    """A rule as Pulumi gives it."""
    return {
        "ruleNo": number,
        "action": "allow",
        "protocol": "tcp",
        "cidrBlock": "10.0.0.0/16",
        "fromPort": first,
        "toPort": last,
        **more,
    }


def _acl(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_network_acls(NetworkAclIds=[state.id])["NetworkAcls"][0]
    rules = {
        (entry["Egress"], entry["RuleNumber"], entry["Protocol"], tuple(entry.get("PortRange", {}).values()))
        for entry in found["Entries"]
        if entry["RuleNumber"] < 32767
    }
    return rules, {one["SubnetId"] for one in found["Associations"]}, tags_of(found.get("Tags", []))


def test_an_acl_lives_and_dies(world: World, walk: Walk) -> None:
    """Made with rules and subnets, changed in place, and removed; its subnets get AWS's back. NET-3"""
    one, other = world.subnet(41), world.subnet(42)
    walk(
        {
            "token": network_acls.NETWORK_ACL.token,
            "inputs": lambda w: {
                "vpcId": w.vpc(),
                "subnetIds": [one],
                "ingress": [rule(100, 443, 443), rule(200, 1024, 65535)],
                "egress": [rule(100, 0, 0, protocol="-1")],
                "tags": TAGS,
            },
            "look": _acl,
            "created": (
                {(False, 100, "6", (443, 443)), (False, 200, "6", (1024, 65535)), (True, 100, "-1", ())},
                {one},
                TAGS,
            ),
            "outputs": "arn ownerId",
            "change": {
                "subnetIds": [other],
                "ingress": [rule(100, 443, 443), rule(201, 8080, 8081)],
                "egress": None,
            },
            "updated": ({(False, 100, "6", (443, 443)), (False, 201, "6", (8080, 8081))}, {other}, TAGS),
        }
    )
    filters = [{"Name": "association.subnet-id", "Values": [one, other]}]
    left = world.aws("ec2").describe_network_acls(Filters=filters)["NetworkAcls"]
    assert {each["IsDefault"] for each in left} == {True}


def test_the_vpcs_own_acl_is_taken_over_and_stays(world: World) -> None:
    """Its rules are taken away; it cannot be deleted, and keeps the state that it was given. NET-3"""
    ec2 = world.aws("ec2")
    of_vpc = [{"Name": "vpc-id", "Values": [world.vpc()]}, {"Name": "default", "Values": ["true"]}]
    acl = ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"][0]["NetworkAclId"]
    token = network_acls.DEFAULT_NETWORK_ACL.token
    inputs = {"defaultNetworkAclId": acl, "tags": TAGS}
    state = world.make(token, **inputs)
    assert state.id == acl
    assert _acl(world, state)[0] == set()
    assert _acl(world, state)[2] == TAGS
    world.drop(token, state, inputs)
    assert _acl(world, state)[0] == set()


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    assert network_acls.MAPPINGS == (network_acls.NETWORK_ACL, network_acls.DEFAULT_NETWORK_ACL)
