"""What a security group's rules let through, in whatever form they are written.

Inline (`ingress`, `egress`), as a SecurityGroupRule, or as a SecurityGroupIngressRule or
SecurityGroupEgressRule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from ..graph.values import UNKNOWN
from .subject import Attributes, Subject

Network = IPv4Network | IPv6Network
GROUPS = ("aws_security_group", "aws_default_security_group")
RULES = (
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
)
_NETWORKS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_LISTS = ("prefix_list_ids", "prefix_list_id")
_ALL_PROTOCOLS = ("-1", "all")
_ICMP = ("1", "58", "icmp", "icmpv6")
_WITH_PORTS = ("6", "17", "tcp", "udp")
LAST_PORT = 65535
_WORLD_SHARE = 4
"""A quarter of all addresses is the world, or as good as it."""
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All addresses that the internet routes today: https://www.iana.org/assignments/ipv6-address-space"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One rule of a security group.

    `first` and `last` are ports, None where the rule names none. UNKNOWN stands for what is not known.
    `lists` says that a prefix list is among the sources, and `unknown` names the sources that are not known.
    """

    egress: bool
    protocol: Any
    first: Any = None
    last: Any = None
    networks: tuple[Network, ...] = ()
    lists: bool = False
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Read as `tcp 22`."""
        if self.all_protocols or UNKNOWN in (self.protocol, self.first, self.last) or self.first is None:
            return "everything" if self.all_protocols else str(self.protocol)
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {ports}"

    @property
    def all_protocols(self) -> bool:
        """Whether it is about every protocol, and so every port."""
        return self.protocol in _ALL_PROTOCOLS

    @property
    def icmp(self) -> bool:
        """Whether it is about ICMP alone, whose ports are message types."""
        return self.protocol in _ICMP

    def lets_port(self, port: int) -> bool | None:
        """Whether a port is open; None where that is not known."""
        if self.all_protocols:
            return True
        if self.protocol is not UNKNOWN and self.protocol not in _WITH_PORTS:
            return False
        first, last = self._ports()
        if (first is not UNKNOWN and port < first) or (last is not UNKNOWN and port > last):
            # every protocol has every port, whatever is written
            return None if self.protocol is UNKNOWN else False
        return None if UNKNOWN in (self.protocol, first, last) else True

    def lets_all_ports(self) -> bool | None:
        """Whether every port of its protocol is open."""
        if self.all_protocols:
            return True
        if UNKNOWN in (self.protocol, self.first, self.last):
            return None
        return self.protocol in _WITH_PORTS and self.first in (0, 1, None) and self.last in (LAST_PORT, None)

    def lets_only(self, ports: Iterable[int]) -> bool | None:
        """Whether nothing else is open than some ports, or ICMP."""
        if self.all_protocols:
            return False
        if self.icmp:
            return True
        if UNKNOWN in (self.protocol, self.first, self.last):
            return None
        return self.protocol in _WITH_PORTS and self.first == self.last and self.first in ports

    def _ports(self) -> tuple[Any, Any]:
        if self.first in (0, -1, None) and self.last in (0, -1, None):
            return 0, LAST_PORT
        return self.first or 0, LAST_PORT if self.last is None else self.last


def openings(subject: Subject, *, as_written: bool = False) -> Iterator[Opening]:
    """The rules in a group, or the one that a rule is; those of the program alone with `as_written`.

    AWS tells with a group also the rules that are resources of their own; they are told once, by these.
    """
    separate = any(other.kind in RULES for other in subject.related)
    attributes = subject.program if as_written or separate else subject.attributes
    match subject.kind:
        case "aws_security_group_rule":
            kind = attributes.items("type")
            if kind == [UNKNOWN]:
                yield from (
                    _either_way(_opening(attributes, "protocol", egress=way)) for way in (False, True)
                )
            else:
                yield _opening(attributes, "protocol", egress=kind == ["egress"])
        case "aws_vpc_security_group_ingress_rule":
            yield _opening(attributes, "ip_protocol", egress=False)
        case "aws_vpc_security_group_egress_rule":
            yield _opening(attributes, "ip_protocol", egress=True)
        case _:
            for name in ("ingress", "egress"):
                yield from _inline(attributes, name)


def _either_way(item: Opening) -> Opening:
    """What a rule lets through in one direction, where its direction is not known."""
    return replace(item, networks=(), unknown=(*item.unknown, "type")) if is_world(item.networks) else item


def _inline(attributes: Attributes, name: str) -> Iterator[Opening]:
    egress = name == "egress"
    for item in attributes.blocks_or_unknown(name):
        if isinstance(item, Attributes):
            yield _opening(item, "protocol", egress=egress)
        else:
            yield Opening(egress=egress, protocol=UNKNOWN, first=UNKNOWN, last=UNKNOWN, unknown=(name,))


def _opening(attributes: Attributes, protocol: str, *, egress: bool) -> Opening:
    networks: list[Network] = []
    unknown: list[str] = []
    for name in _NETWORKS:
        for item in attributes.items(name):
            network = None if item is UNKNOWN else _network(str(item))
            if network is None:
                unknown.append(attributes.spell(name))
            else:
                networks.append(network)
    return Opening(
        egress=egress,
        protocol=_one(attributes.items(protocol), _protocol, "-1"),
        first=_one(attributes.items("from_port"), _port, None),
        last=_one(attributes.items("to_port"), _port, None),
        networks=tuple(networks),
        lists=any(attributes.items(name) for name in _LISTS),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _one(items: Sequence[Any], read: Any, otherwise: Any) -> Any:
    if not items:
        return otherwise
    return UNKNOWN if items[0] is UNKNOWN else read(items[0])


def _protocol(value: Any) -> str:
    """A protocol as AWS keeps it, which takes `TCP` for `tcp`."""
    return str(value).strip().lower()


def _port(value: Any) -> Any:
    try:
        number = float(str(value))
    except ValueError:
        return UNKNOWN
    return int(number) if number.is_integer() else UNKNOWN


def _network(text: str) -> Network | None:
    """A network as AWS takes it: host bits do not count; None for what is none."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def is_world(networks: Iterable[Network]) -> bool:
    """Whether networks together are the internet, or as good as that."""
    listed = list(networks)
    version4 = collapse_addresses(one for one in listed if isinstance(one, IPv4Network))
    version6 = collapse_addresses(one for one in listed if isinstance(one, IPv6Network))
    shares = (
        sum(one.num_addresses for one in version4) / 2**32,
        sum(
            min(one.num_addresses, _PUBLIC_IPV6.num_addresses)
            for one in version6
            if _PUBLIC_IPV6.overlaps(one)
        )
        / _PUBLIC_IPV6.num_addresses,
    )
    return max(shares) * _WORLD_SHARE >= 1
