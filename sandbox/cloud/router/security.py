"""Security groups: whether one service may open a connection to another.

A connection needs an egress rule in one of the caller's groups and an ingress rule in one of the callee's.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ALL = "-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule:
    """One rule: protocol, ports (None means all), and the groups and networks of the other side."""

    protocol: str
    from_port: int | None
    to_port: int | None
    groups: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()

    def covers(self, port: int, other: ConnectionPeer) -> bool:
        """Whether the rule allows TCP on this port from or to the other side."""
        if self.protocol not in (_ALL, "tcp", "6"):
            return False
        low, high = self.from_port, self.to_port
        in_range = self.protocol == _ALL or low is None or low == -1 or low <= port <= (high or low)
        return in_range and (bool(self.groups & other.groups) or self._contains_all(other.networks))

    def _contains_all(self, networks: Iterable[str]) -> bool:
        """Whether all networks of the other side lie within the rule's: its address may be in any of them."""
        wide = [ipaddress.ip_network(network) for network in self.networks]
        narrow = [ipaddress.ip_network(network) for network in networks]
        return bool(narrow) and all(any(_within(inner, outer) for outer in wide) for inner in narrow)


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPeer:
    """One side of a connection: its security groups and the networks that its address may be in."""

    groups: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """The rules of one group."""

    ingress: tuple[SecurityGroupRule, ...] = ()
    egress: tuple[SecurityGroupRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroups:
    """All groups by id."""

    groups: Mapping[str, SecurityGroup] = field(default_factory=dict)

    def refusal(self, caller: ConnectionPeer, callee: ConnectionPeer, port: int) -> str | None:
        """Say why a connection would fail; None if it would not.

        A side without any group (one that is not in awsvpc network mode) is not checked.
        """
        if not caller.groups or not callee.groups:
            return None
        if not any(rule.covers(port, callee) for rule in self._rules(caller, "egress")):
            return f"no egress rule of {_names(caller)} lets port {port} out to {_names(callee)}"
        if not any(rule.covers(port, caller) for rule in self._rules(callee, "ingress")):
            return f"no ingress rule of {_names(callee)} lets port {port} in from {_names(caller)}"
        return None

    def _rules(self, peer: ConnectionPeer, direction: str) -> Iterable[SecurityGroupRule]:
        for group_id in peer.groups:
            group = self.groups.get(group_id, SecurityGroup())
            yield from group.egress if direction == "egress" else group.ingress


def _names(peer: ConnectionPeer) -> str:
    return ", ".join(f"`{group}`" for group in sorted(peer.groups))


UNKNOWN_PEER = ConnectionPeer()
"""A side of which nothing is known, so that it is not checked."""

NO_SECURITY_GROUPS = SecurityGroups()
"""The groups of a VPC without any."""


def parse_security_group(described: Mapping[str, Any]) -> SecurityGroup:
    """Read one entry of DescribeSecurityGroups."""
    return SecurityGroup(
        ingress=tuple(_parse_rule(entry) for entry in described.get("IpPermissions", ())),
        egress=tuple(_parse_rule(entry) for entry in described.get("IpPermissionsEgress", ())),
    )


def _parse_rule(described: Mapping[str, Any]) -> SecurityGroupRule:
    return SecurityGroupRule(
        protocol=str(described.get("IpProtocol", _ALL)),
        from_port=described.get("FromPort"),
        to_port=described.get("ToPort"),
        groups=frozenset(
            pair["GroupId"] for pair in described.get("UserIdGroupPairs", ()) if "GroupId" in pair
        ),
        networks=(
            *(entry["CidrIp"] for entry in described.get("IpRanges", ())),
            *(entry["CidrIpv6"] for entry in described.get("Ipv6Ranges", ())),
        ),
    )
