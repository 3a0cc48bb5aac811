"""Security groups and mesh names."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.ecs.service import ClientAlias
from sandbox.cloud.router.mesh import MeshRefusal, MeshRoute, resolve
from sandbox.cloud.router.security import ConnectionPeer, SecurityGroup, SecurityGroups, parse_security_group
from sandbox.cloud.router.table import MeshService, RoutingTable

CALLER = ConnectionPeer(groups=frozenset({"sg-orbit"}), networks=("10.0.1.0/24", "10.0.2.0/24"))
CALLEE = ConnectionPeer(groups=frozenset({"sg-axon"}), networks=("10.0.8.0/24",))
OPEN = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def ingress(**rule: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 8081, "ToPort": 8081, **rule}


def groups(rule: dict[str, Any] | None, egress: dict[str, Any] | None = OPEN) -> SecurityGroups:
    return SecurityGroups(
        groups={
            "sg-orbit": parse_security_group({"IpPermissionsEgress": [egress] if egress else []}),
            "sg-axon": parse_security_group({"IpPermissions": [rule] if rule else []}),
        }
    )


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}]), True),
        (ingress(UserIdGroupPairs=[{"GroupId": "sg-other"}]), False),
        (ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}], FromPort=80, ToPort=90), False),
        (ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}], FromPort=8000, ToPort=9000), True),
        (ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}], IpProtocol="udp"), False),
        ({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-orbit"}]}, True),
        (ingress(IpRanges=[{"CidrIp": "10.0.0.0/16"}]), True),
        (ingress(IpRanges=[{"CidrIp": "10.0.1.0/24"}]), False),
        (ingress(Ipv6Ranges=[{"CidrIpv6": "::/0"}]), False),
        (None, False),
    ],
)
def test_ingress_rules_decide(rule: dict[str, Any] | None, allowed: bool) -> None:
    """NET-4: the callee lets in the caller's group, or a network that holds every address it may have."""
    refusal = groups(rule).refusal(CALLER, CALLEE, 8081)
    assert (refusal is None) is allowed
    if not allowed:
        assert refusal == "no ingress rule of `sg-axon` lets port 8081 in from `sg-orbit`"


def test_egress_rules_decide_too() -> None:
    """NET-4: a caller without an egress rule gets nowhere, whatever the callee allows."""
    found = groups(ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}]), None).refusal(CALLER, CALLEE, 8081)
    assert found == "no egress rule of `sg-orbit` lets port 8081 out to `sg-axon`"


def test_a_side_without_groups_is_not_looked_at() -> None:
    """Only awsvpc network mode has security groups for tasks."""
    assert SecurityGroups(groups={"g": SecurityGroup()}).refusal(ConnectionPeer(), CALLEE, 8081) is None


def table(security: SecurityGroups) -> RoutingTable:
    alias = ClientAlias(name="axon", port=80, container_port=8081)
    return RoutingTable(
        services={
            "test/orbit": MeshService(key="test/orbit", peer=CALLER, namespace="ns"),
            "test/axon": MeshService(key="test/axon", peer=CALLEE, namespace="ns", aliases=(alias,)),
            "dev/axon": MeshService(key="dev/axon", peer=CALLEE, namespace="dev", aliases=(alias,)),
            "test/lone": MeshService(key="test/lone", peer=CALLER),
        },
        security=security,
    )


ALLOWED = table(groups(ingress(UserIdGroupPairs=[{"GroupId": "sg-orbit"}])))


def test_a_name_leads_to_the_service_of_the_same_namespace() -> None:
    """MSH-1: the alias and its port name a service; the case of the name does not matter."""
    route = resolve(ALLOWED, "test/orbit", "AXON", 80)
    assert isinstance(route, MeshRoute)
    assert route.service_key == "test/axon"


@pytest.mark.parametrize(
    ("caller", "host", "port", "text"),
    [
        ("test/orbit", "axon", 8081, "`axon:8081` is not a name of the namespace `ns`"),
        ("test/orbit", "example.com", 80, "`example.com:80` is not a name of the namespace `ns`"),
        ("test/lone", "axon", 80, "service `test/lone` is in no Service Connect namespace"),
        ("test/none", "axon", 80, "service `test/none` is in no Service Connect namespace"),
    ],
)
def test_everything_else_is_refused(caller: str, host: str, port: int, text: str) -> None:
    """ZTN-1: what is not a name of the caller's namespace cannot be reached."""
    refusal = resolve(ALLOWED, caller, host, port)
    assert isinstance(refusal, MeshRefusal)
    assert refusal.status == 403
    assert refusal.text.startswith(text)


def test_a_closed_security_group_is_a_timeout_at_once() -> None:
    """NET-4, NET-5: without the rule the call fails, and the text says which rule is missing."""
    refusal = resolve(table(groups(None)), "test/orbit", "axon", 80)
    assert refusal == MeshRefusal(
        status=504,
        text="the connection from `test/orbit` to `test/axon` timed out: "
        "no ingress rule of `sg-axon` lets port 8081 in from `sg-orbit`",
    )
