"""VPC endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.provider import State
from sandbox.provider.resources import endpoints
from tests.support.provider.scripted import OPERATION, ScriptedProvider
from tests.support.provider.world import Walk, World, tags_of


def _endpoint(world: World, state: Any) -> Any:
    found = world.aws("ec2").describe_vpc_endpoints(VpcEndpointIds=[state.id])["VpcEndpoints"][0]
    return (
        found["VpcEndpointType"],
        len(found["RouteTableIds"]),
        len(found["SubnetIds"]),
        tags_of(found.get("Tags", [])),
    )


def _route_tables(world: World, number: int) -> list[str]:
    return [world.make("aws:ec2/routeTable:RouteTable", vpcId=world.vpc()).id for _ in range(number)]


POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}'
)


CASES: dict[str, dict[str, Any]] = {
    "gateway endpoint": {
        "token": endpoints.VPC_ENDPOINT.token,
        "inputs": lambda w: {
            "vpcId": w.vpc(),
            "serviceName": "com.amazonaws.us-east-1.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": _route_tables(w, 1),
            "policy": POLICY,
            "tags": {"a": "1"},
        },
        "look": _endpoint,
        "created": ("Gateway", 1, 0, {"a": "1"}),
        "outputs": "arn prefixListId state ownerId",
        "change": lambda w: {"routeTableIds": _route_tables(w, 2), "tags": {"a": "2"}},
        "updated": ("Gateway", 2, 0, {"a": "2"}),
    },
    "interface endpoint": {
        "token": endpoints.VPC_ENDPOINT.token,
        "inputs": lambda w: {
            "vpcId": w.vpc(),
            "serviceName": "com.amazonaws.us-east-1.logs",
            "vpcEndpointType": "Interface",
            "subnetIds": [w.subnet(1)],
            "securityGroupIds": [w.group(1)],
            "privateDnsEnabled": True,
        },
        "look": _endpoint,
        "created": ("Interface", 0, 1, {}),
        "outputs": "arn dnsEntries",
        "change": lambda w: {"subnetIds": [w.subnet(1), w.subnet(2)], "securityGroupIds": [w.group(2)]},
        "updated": ("Interface", 0, 2, {}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Both kinds are made, seen, changed in place, and removed twice (NET-4)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in endpoints.MAPPINGS} - walked == set()


def test_an_endpoints_policy_is_changed_in_place() -> None:
    """A changed policy is put, one that is no longer given is reset to AWS's own."""
    token, old = endpoints.VPC_ENDPOINT.token, {"vpcId": "v", "policy": "{}"}
    scripted, state = ScriptedProvider(), State(id="vpce-1", outputs=old)
    for policy in ({"policy": '{"a":1}'}, {}):
        scripted.provider.update(OPERATION, token, "vpce-1", {"vpcId": "v", **policy}, state, old)
    assert [given for operation, given in scripted.clients.calls if operation == "modify_vpc_endpoint"] == [
        {"VpcEndpointId": "vpce-1", "PolicyDocument": '{"a":1}'},
        {"VpcEndpointId": "vpce-1", "ResetPolicy": True},
    ]
