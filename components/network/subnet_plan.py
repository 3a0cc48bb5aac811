"""The address range of each subnet, and the NAT gateway of each zone. NET-1, NET-2.

The VPC's range is cut into 16 equal blocks; each tier owns four of them, one a zone, and the last four are
kept free. So a fourth zone can be added later without moving a subnet:

    blocks  0..3  private     general workloads
    blocks  4..7  isolated    no default route
    blocks  8..11 public      NAT gateways, public load balancers
    blocks 12..15 free
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from components.errors import ComponentError

MAX_ZONES = 4
WIDEST_PREFIX, NARROWEST_PREFIX = 16, 24
"""AWS takes a VPC of /16 to /28 and subnets down to /28; /24 is the narrowest that 16 blocks fit in."""
_BLOCK_BITS = 4


class SubnetTier(StrEnum):
    """The kind of a subnet, by its route to the internet."""

    PRIVATE = "private"
    ISOLATED = "isolated"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """One subnet: its tier, the letter of its availability zone and its address range."""

    tier: SubnetTier
    zone: str
    cidr: str

    @property
    def name(self) -> str:
        """`<tier>-<zone>`."""
        return f"{self.tier}-{self.zone}"


class SubnetPlanError(ComponentError):
    """Subnets or NAT gateways cannot be laid out as asked for."""


def plan_subnets(vpc_cidr: str, zones: Sequence[str]) -> tuple[Subnet, ...]:
    """Lay out one subnet per tier and zone; raises SubnetPlanError."""
    network = parse_vpc_cidr(vpc_cidr)
    if not 1 <= len(zones) <= MAX_ZONES or len(set(zones)) != len(zones):
        raise SubnetPlanError(
            f"the zones `{', '.join(zones)}` cannot be planned",
            hint=f"give 1 to {MAX_ZONES} different availability zone letters",
        )
    blocks = list(network.subnets(prefixlen_diff=_BLOCK_BITS))
    return tuple(
        Subnet(tier=tier, zone=zone, cidr=str(blocks[tier_index * MAX_ZONES + zone_index]))
        for tier_index, tier in enumerate(SubnetTier)
        for zone_index, zone in enumerate(zones)
    )


def tier_ranges(vpc_cidr: str) -> Mapping[SubnetTier, str]:
    """The range that holds every subnet of a tier, in however many zones; raises SubnetPlanError."""
    quarters = parse_vpc_cidr(vpc_cidr).subnets(prefixlen_diff=2)
    return {tier: str(quarter) for tier, quarter in zip(SubnetTier, quarters, strict=False)}


def parse_vpc_cidr(vpc_cidr: str) -> IPv4Network:
    """A private IPv4 range that a VPC can be cut from; raises SubnetPlanError."""
    try:
        network = IPv4Network(vpc_cidr)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise SubnetPlanError(
            f"`{vpc_cidr}` is not an IPv4 range", hint="write it like `10.0.0.0/16`, with all host bits zero"
        ) from error
    if not WIDEST_PREFIX <= network.prefixlen <= NARROWEST_PREFIX or not network.is_private:
        raise SubnetPlanError(
            f"`{vpc_cidr}` cannot be the range of the VPC",
            hint=f"use a private range from /{WIDEST_PREFIX} to /{NARROWEST_PREFIX} (RFC 1918)",
        )
    return network


def plan_nat(zones: Sequence[str], gateways: int) -> Mapping[str, str | None]:
    """For each zone the zone of the NAT gateway that its private subnet uses; None where there is none.

    With as many gateways as zones each zone has its own, so that the loss of a zone leaves the others their
    way out; fewer gateways are cheaper and are shared in turn.
    """
    if not 0 <= gateways <= len(zones):
        raise SubnetPlanError(
            f"`{gateways}` NAT gateways cannot be placed in {len(zones)} zones",
            hint=f"use 0 to {len(zones)}",
        )
    return {zone: zones[index % gateways] if gateways else None for index, zone in enumerate(zones)}
