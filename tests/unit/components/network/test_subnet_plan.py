"""Address ranges and NAT gateways. NET-1, NET-2."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.subnet_plan import (
    MAX_ZONES,
    Subnet,
    SubnetPlanError,
    SubnetTier,
    plan_nat,
    plan_subnets,
)

LETTERS = "abcdef"
zone_lists = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=MAX_ZONES, unique=True)


@st.composite
def vpc_ranges(draw: st.DrawFn) -> str:
    """Private ranges from /16 to /24."""
    prefix = draw(st.integers(16, 24))
    home = draw(st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]))
    network = IPv4Network(home)
    index = draw(st.integers(0, 2 ** (prefix - network.prefixlen) - 1))
    return str(IPv4Network((int(network.network_address) + (index << (32 - prefix)), prefix)))


@given(vpc_ranges(), zone_lists)
def test_subnets_are_disjoint_inside_and_complete(cidr: str, zones: list[str]) -> None:
    """NET-1: one subnet per tier and zone, inside the VPC, none overlapping another, at least /28."""
    plan = plan_subnets(cidr, zones)
    assert {(one.tier, one.zone) for one in plan} == {(tier, zone) for tier in SubnetTier for zone in zones}
    assert len(plan) == len(SubnetTier) * len(zones)
    networks = [IPv4Network(one.cidr) for one in plan]
    assert all(network.subnet_of(IPv4Network(cidr)) for network in networks)
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))
    assert {network.prefixlen for network in networks} == {IPv4Network(cidr).prefixlen + 4}


@given(vpc_ranges(), zone_lists, st.sampled_from(LETTERS))
def test_another_zone_moves_no_subnet(cidr: str, zones: list[str], more: str) -> None:
    """A zone added at the end leaves every subnet's range as it was; a moved one would have to be
    replaced.
    """
    if more in zones or len(zones) == MAX_ZONES:
        return
    assert set(plan_subnets(cidr, zones)) < set(plan_subnets(cidr, [*zones, more]))


def test_the_default_plan() -> None:
    """NET-1: three zones make nine subnets of 4,091 usable addresses each."""
    plan = plan_subnets("10.0.0.0/16", ("a", "b", "c"))
    assert plan[0] == Subnet(tier=SubnetTier.PRIVATE, zone="a", cidr="10.0.0.0/20")
    assert [(one.name, one.cidr) for one in plan] == [
        ("private-a", "10.0.0.0/20"),
        ("private-b", "10.0.16.0/20"),
        ("private-c", "10.0.32.0/20"),
        ("isolated-a", "10.0.64.0/20"),
        ("isolated-b", "10.0.80.0/20"),
        ("isolated-c", "10.0.96.0/20"),
        ("public-a", "10.0.128.0/20"),
        ("public-b", "10.0.144.0/20"),
        ("public-c", "10.0.160.0/20"),
    ]


@given(zone_lists, st.integers(0, MAX_ZONES))
def test_nat_gateways_are_shared_evenly(zones: list[str], gateways: int) -> None:
    """NET-2: the asked number of gateways; a zone that has one uses its own; none is much busier."""
    if gateways > len(zones):
        return
    plan = plan_nat(zones, gateways)
    used = [zone for zone in plan.values() if zone is not None]
    assert list(plan) == zones
    assert len(set(used)) == gateways
    assert len(used) == (len(zones) if gateways else 0)
    assert all(plan[zone] == zone for zone in set(used))
    loads = [used.count(zone) for zone in set(used)]
    assert max(loads, default=0) - min(loads, default=0) <= 1


@pytest.mark.parametrize(
    ("cidr", "zones", "message", "hint"),
    [
        (
            "10.0.0.0",
            "abc",
            "`10.0.0.0` cannot be the range of the VPC",
            "use a private range from /16 to /24",
        ),
        ("10.0.0.1/16", "abc", "`10.0.0.1/16` is not an IPv4 range", "write it like `10.0.0.0/16`"),
        ("here", "abc", "`here` is not an IPv4 range", "write it like `10.0.0.0/16`"),
        ("10.0.0.0/8", "abc", "`10.0.0.0/8` cannot be the range of the VPC", "use a private range"),
        ("8.8.0.0/16", "abc", "`8.8.0.0/16` cannot be the range of the VPC", "use a private range"),
        ("10.0.0.0/16", "", "the zones `` cannot be planned", "give 1 to 4 different"),
        ("10.0.0.0/16", "abcde", "the zones `a, b, c, d, e` cannot be planned", "give 1 to 4 different"),
        ("10.0.0.0/16", "aa", "the zones `a, a` cannot be planned", "give 1 to 4 different"),
    ],
)
def test_what_can_not_be_planned(cidr: str, zones: str, message: str, hint: str) -> None:
    """A range or zones that make no plan are refused with the reason."""
    with pytest.raises(SubnetPlanError) as caught:
        plan_subnets(cidr, list(zones))
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize("gateways", [-1, 4])
def test_nat_gateways_that_can_not_be_placed(gateways: int) -> None:
    """More gateways than zones, or fewer than none, are refused."""
    with pytest.raises(SubnetPlanError) as caught:
        plan_nat("abc", gateways)
    assert caught.value.hint == "use 0 to 3"
