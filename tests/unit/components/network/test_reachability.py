"""Who reaches whom, hop by hop. NET-5"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.acl_plan import EPHEMERAL, AclRule, Ports
from components.network.reachability import (
    End,
    GroupRule,
    Reachability,
    Route,
    SubnetView,
    Topology,
    decide,
    reach,
)
from components.network.security_group_plan import Direction

VPC, LEFT, RIGHT, ANYWHERE = "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "0.0.0.0/0"
INSIDE = (Route(cidr=VPC, target="local"),)


def allow(number: int, cidr: str, first: int, last: int) -> AclRule:
    return AclRule(number=number, cidr=cidr, from_port=first, to_port=last)


def deny(number: int, cidr: str, first: int, last: int) -> AclRule:
    return AclRule(number=number, cidr=cidr, from_port=first, to_port=last, allow=False)


CALLS = (allow(100, RIGHT, 80, 80),)
TAKES = (allow(100, LEFT, 80, 80),)
ANSWERED = (allow(100, RIGHT, *EPHEMERAL),)
ANSWERS = (allow(100, LEFT, *EPHEMERAL),)


def topology(
    *,
    calls: tuple[AclRule, ...] = CALLS,
    takes: tuple[AclRule, ...] = TAKES,
    answered: tuple[AclRule, ...] = ANSWERED,
    answers: tuple[AclRule, ...] = ANSWERS,
    routes: tuple[Route, ...] = INSIDE,
) -> Topology:
    """A caller in one subnet and a callee in another, with the ACL of each; the groups agree."""
    return Topology(
        subnets={
            "left": SubnetView(
                name="left", cidr=LEFT, acl="l", routes=routes, ingress=answered, egress=calls
            ),
            "right": SubnetView(
                name="right", cidr=RIGHT, acl="r", routes=routes, ingress=takes, egress=answers
            ),
        },
        groups={
            "a": (GroupRule(name="out", direction=Direction.EGRESS, ports=(80, 80), group="b"),),
            "b": (GroupRule(name="in", direction=Direction.INGRESS, ports=(80, 80), group="a"),),
        },
        ends={
            "a": End(name="a", groups=("a",), subnets=("left",)),
            "b": End(name="b", groups=("b",), subnets=("right",)),
            "internet": End(name="internet", cidr=ANYWHERE),
        },
    )


def refused(found: Reachability) -> str:
    """Where it was refused; empty if it was not."""
    return "" if found.reachable else found.hops[-1].where


def test_a_call_with_its_answer_passes_every_edge() -> None:
    """Both groups, a route each way, and four ACL decisions."""
    found = reach(topology(), "a", "b", 80)
    assert found.reachable
    assert [hop.where for hop in found.hops] == [
        "security group of a, egress",
        "route out of left",
        "network ACL out of left",
        "network ACL into right",
        "security group of b, ingress",
        "answer: route out of right",
        "answer: network ACL out of right",
        "answer: network ACL into left",
    ]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"calls": ()}, "network ACL out of left"),
        ({"takes": ()}, "network ACL into right"),
        # the mistakes that are published again and again: the high ports of answers, forgotten on either side
        ({"answers": TAKES}, "answer: network ACL out of right"),
        ({"answered": CALLS}, "answer: network ACL into left"),
        ({"answers": (allow(100, LEFT, 32768, 65535),)}, "answer: network ACL out of right"),
        # and a denial with a lower number stands before what was meant as its exception
        ({"takes": (deny(90, ANYWHERE, 0, 65535), *TAKES)}, "network ACL into right"),
        ({"answered": (deny(50, RIGHT, 5000, 5000), *ANSWERED)}, "answer: network ACL into left"),
        ({"routes": ()}, "route out of left"),
    ],
)
def test_each_decision_can_refuse(wrong: dict[str, tuple[AclRule, ...]], where: str) -> None:
    """The first that does is named, and is the last hop."""
    assert refused(reach(topology(**wrong), "a", "b", 80)) == where  # type: ignore[arg-type]


def test_a_denial_behind_what_allows_changes_nothing() -> None:
    """The lowest number decides, in whatever order the rules are listed."""
    takes = (deny(200, ANYWHERE, 0, 65535), *TAKES)
    assert reach(topology(takes=takes), "a", "b", 80).reachable


@pytest.mark.parametrize(
    ("source", "target", "port"), [("b", "a", 80), ("a", "b", 81), ("a", "internet", 80)]
)
def test_groups_refuse_what_they_do_not_name(source: str, target: str, port: int) -> None:
    """The other way round, on another port, to somebody else."""
    assert refused(reach(topology(), source, target, port)) == f"security group of {source}, egress"


def test_no_acl_stands_inside_a_subnet() -> None:
    """Two ends in one subnet meet at their groups alone."""
    found = topology(calls=(), takes=(), answers=(), answered=())
    ends = {**found.ends, "b": replace(found.ends["b"], subnets=("left",))}
    assert [hop.where for hop in reach(replace(found, ends=ends), "a", "b", 80).hops] == [
        "security group of a, egress",
        "security group of b, ingress",
    ]


def test_every_pair_of_subnets_has_to_work() -> None:
    """A caller that also stands where its answer does not come back does not reach."""
    found = topology()
    third = replace(found.subnets["left"], name="third", cidr="10.0.2.0/24")
    ends = {**found.ends, "a": replace(found.ends["a"], subnets=("left", "third"))}
    assert refused(reach(replace(found, subnets={**found.subnets, "third": third}, ends=ends), "a", "b", 80))


@pytest.mark.parametrize("gateway", [None, "right"])
def test_the_internet_comes_in_by_a_gateway_and_never_through_nat(gateway: str | None) -> None:
    """Where groups and ACLs are open to the world, the route decides."""
    everything = (allow(1, ANYWHERE, 0, 65535),)
    routes = (*INSIDE, Route(cidr=ANYWHERE, target="a gateway", subnet=gateway))
    found = topology(
        calls=everything, takes=everything, answers=everything, answered=everything, routes=routes
    )
    open_group = GroupRule(name="world", direction=Direction.INGRESS, ports=(80, 80), cidr=ANYWHERE)
    found = replace(found, groups={**found.groups, "b": (open_group,)})
    assert reach(found, "internet", "b", 80).reachable is (gateway is None)


def test_a_way_out_through_nat_passes_the_gateways_subnet_too() -> None:
    """Its ACL lets the request in and out, or the connection does not come about."""
    everything = (allow(1, ANYWHERE, 0, 65535),)
    routes = (*INSIDE, Route(cidr=ANYWHERE, target="NAT", subnet="right"))
    out = GroupRule(name="out", direction=Direction.EGRESS, ports=(443, 443), cidr=ANYWHERE)

    def asked(takes: tuple[AclRule, ...]) -> Reachability:
        found = topology(
            calls=everything, takes=takes, answers=everything, answered=everything, routes=routes
        )
        return reach(replace(found, groups={"a": (out,)}), "a", "internet", 443)

    assert asked(everything).reachable
    assert refused(asked(())) == "network ACL into right"


CIDRS = ("10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/31", "10.0.0.3/32", ANYWHERE)
SMALL = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: (min(pair), max(pair)))


@given(
    st.lists(st.tuples(st.sampled_from(CIDRS), SMALL, st.booleans()), max_size=6),
    st.sampled_from(CIDRS[:4]),
    SMALL,
)
def test_a_range_is_allowed_exactly_if_each_packet_is(
    rows: list[tuple[str, Ports, bool]], cidr: str, ports: Ports
) -> None:
    """Against asking the rules, in order, about every address and port one by one."""
    rules = [
        AclRule(number=number, cidr=ruled, from_port=first, to_port=last, allow=allowed)
        for number, (ruled, (first, last), allowed) in enumerate(rows)
    ]

    def one(address: IPv4Address, port: int) -> bool:
        for rule in rules:
            if address in IPv4Network(rule.cidr) and rule.from_port <= port <= rule.to_port:
                return rule.allow
        return False

    expected = all(
        one(address, port) for address in IPv4Network(cidr) for port in range(ports[0], ports[1] + 1)
    )
    assert decide(reversed(rules), cidr, ports)[0] is expected
