"""Security groups that are open to the world, in every form in which their rules are written. CHK-1"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Resource, Secret
from policies.resources.guardrails.rules.open_groups import (
    REPLACEMENTS,
    WEB_INGRESS,
    WORLD_EGRESS,
    WORLD_INGRESS,
)
from tests.support.resources.judged import FAILED, OPEN, PASSED, detail, resource, verdict

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SSH, RDP, HTTP, ALL, EGRESS_ALL = (rule.id for rule in REPLACEMENTS)
WORLD, WORLD_6 = "0.0.0.0/0", "::/0"
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
FORMS = ("inline", "inline and itself first", "default group", "rule", "ingress rule")


def opened(form: str, networks: list[Any], *, protocol: Any = "tcp", ports: Any = (22, 22)) -> Resource:
    """One opening in a form; newer rules have one network each."""
    version4 = [one for one in networks if ":" not in str(one)]
    version6 = [one for one in networks if ":" in str(one)]
    rule: dict[str, Any] = {"protocol": protocol, "cidrBlocks": version4, "ipv6CidrBlocks": version6}
    if ports is not None:
        rule |= {"fromPort": ports[0], "toPort": ports[1]}
    itself = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
    match form:
        case "inline":
            return resource(GROUP, ingress=[rule])
        case "inline and itself first":
            return resource(GROUP, ingress=[itself, rule])
        case "default group":
            return resource(DEFAULT, ingress=[rule])
        case "rule":
            return resource(RULE, type="ingress", securityGroupId="sg-1", **rule)
        case _:
            rule = {
                "ipProtocol": protocol,
                **{name: rule[name] for name in ("fromPort", "toPort") if name in rule},
            }
            if version4:
                rule["cidrIpv4"] = version4[0]
            if version6:
                rule["cidrIpv6"] = version6[0]
            return resource(INGRESS, securityGroupId="sg-1", **rule)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("more", "failed"),
    [
        ({}, {SSH, WORLD_INGRESS.id}),
        ({"ports": ("22", "22")}, {SSH, WORLD_INGRESS.id}),
        ({"protocol": "6"}, {SSH, WORLD_INGRESS.id}),
        ({"ports": (20, 25)}, {SSH, WORLD_INGRESS.id}),
        ({"ports": (0, 65535)}, {SSH, RDP, HTTP, ALL, WORLD_INGRESS.id}),
        ({"ports": (0, 0)}, {SSH, RDP, HTTP, WORLD_INGRESS.id}),
        ({"ports": (0, 0), "protocol": "-1"}, {SSH, RDP, HTTP, ALL, WORLD_INGRESS.id}),
        ({"ports": None, "protocol": "-1"}, {SSH, RDP, HTTP, ALL, WORLD_INGRESS.id}),
        ({"ports": (-1, -1), "protocol": "all"}, {SSH, RDP, HTTP, ALL, WORLD_INGRESS.id}),
        ({"ports": (3389, 3389), "protocol": "udp"}, {RDP, WORLD_INGRESS.id}),
        ({"ports": (80, 80)}, {HTTP, WEB_INGRESS.id}),
        ({"ports": (443, 443)}, {WEB_INGRESS.id}),
        ({"ports": (5432, 5432)}, {WORLD_INGRESS.id}),
        ({"ports": (8, 0), "protocol": "icmp"}, {WEB_INGRESS.id}),
        ({"ports": (0, 255), "protocol": "icmp"}, {WEB_INGRESS.id}),
        ({"ports": None, "protocol": "50"}, {WORLD_INGRESS.id}),
    ],
)  # fmt: skip
def test_each_form_is_judged_alike(form: str, more: Mapping[str, Any], failed: set[str]) -> None:
    """What is open to the world fails the same checks however it is written; IPv6 is the world, too."""
    for network in (WORLD, WORLD_6, "1.2.3.4/0"):
        found = opened(form, [network], **more)
        checks = {SSH, RDP, HTTP, ALL, WORLD_INGRESS.id, WEB_INGRESS.id}
        assert {check for check in checks if verdict(check, found) is FAILED} == failed
        assert {check for check in checks if verdict(check, found) is PASSED} == checks - failed


@pytest.mark.parametrize(
    "networks",
    [
        HALVES,
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        ["0.0.0.0/1"],
        ["::/1", "8000::/1"],
        ["2000::/3"],
        ["2000::/4", "3000::/4"],
        ["10.0.0.0/8", "0.0.0.0/0"],
        [UNKNOWN, "0.0.0.0/0"],
        [Secret(value="0.0.0.0/0")],
    ],
)
@pytest.mark.parametrize("form", FORMS[:4])
def test_parts_of_the_world_are_the_world(form: str, networks: list[Any]) -> None:
    """Halves and quarters count, among other networks and beside one that is not known, too."""
    assert verdict(SSH, opened(form, networks)) is FAILED


@pytest.mark.parametrize(
    "networks",
    [["10.0.0.0/8"], ["3.0.0.0/8", "13.0.0.0/8"], ["fd00::/8"], ["2001:db8::/32"], ["203.0.113.7/32"]],
)
@pytest.mark.parametrize("form", FORMS[:4])
def test_parts_of_a_company_are_not(form: str, networks: list[Any]) -> None:
    """A network that is known and small, or private, passes."""
    assert verdict(SSH, opened(form, networks)) is PASSED


@pytest.mark.parametrize(
    ("it", "said"),
    [
        (opened("inline", [UNKNOWN]), "`cidrBlocks` is not known"),
        (opened("rule", [UNKNOWN]), "`cidrBlocks` is not known"),
        (opened("ingress rule", [UNKNOWN]), "`cidrIpv4` is not known"),
        (opened("inline", ["${vpc.cidr}"]), "`cidrBlocks` is not known"),
        (opened("inline", [WORLD], ports=(UNKNOWN, UNKNOWN)), "fromPort"),
        (opened("inline", [WORLD], protocol=UNKNOWN), "protocol"),
        (resource(GROUP, ingress=UNKNOWN), "`ingress` is not known"),
        (resource(GROUP, ingress=[UNKNOWN]), "`ingress` is not known"),
        (resource(RULE, type="ingress", protocol="-1", prefixListIds=["pl-1"]), "prefix list"),
        (resource(INGRESS, ipProtocol="tcp", fromPort=22, toPort=22, prefixListId="pl-1"), "prefix list"),
        (resource(INGRESS, ipProtocol="-1", prefixListId=UNKNOWN), "prefix list"),
        (resource(RULE, type=UNKNOWN, protocol="-1", cidrBlocks=[UNKNOWN]), "`cidrBlocks` is not known"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_undecided(it: Resource, said: str) -> None:
    """Sources, ports and prefix lists that may be the world leave the check open, and are named."""
    assert verdict(SSH, it) is OPEN
    assert said in detail(SSH, it)


@pytest.mark.parametrize(
    "it",
    [
        opened("inline", [UNKNOWN], ports=(443, 443)),
        opened("inline", [UNKNOWN], ports=(443, UNKNOWN)),
        opened("inline", ["10.0.0.0/8"], ports=(UNKNOWN, UNKNOWN)),
        resource(GROUP),
        resource(GROUP, ingress=[]),
        resource(GROUP, ingress=[{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]),
        resource(
            GROUP, ingress=[{"protocol": "-1", "fromPort": 0, "toPort": 0, "securityGroups": [UNKNOWN]}]
        ),
        resource(GROUP, egress=[{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [WORLD]}]),
        resource(RULE, type="ingress", protocol="-1", sourceSecurityGroupId=UNKNOWN),
        resource(INGRESS, ipProtocol="-1", referencedSecurityGroupId=UNKNOWN),
    ],
)
def test_what_is_known_is_enough(it: Resource) -> None:
    """A port that is not open is not, whoever may call; a group, and oneself, are not the world."""
    assert verdict(SSH, it) is PASSED


def test_halves_in_rules_of_their_own_are_put_together() -> None:
    """Rules of one group, found by its resource or by its id, are the world together; of two groups they
    are not.
    """
    group = resource(GROUP, "g")
    low = opened("ingress rule", ["0.0.0.0/2"])
    high = Resource(urn="h", token=INGRESS, name="h", inputs={**low.inputs, "cidrIpv4": "128.0.0.0/2"})
    small = ["0.0.0.0/3", "32.0.0.0/3"]
    rules = [
        Resource(urn=net, token=INGRESS, name=net, inputs={**low.inputs, "cidrIpv4": net}) for net in small
    ]
    assert verdict(SSH, rules[0], name=small[0]) is PASSED
    assert verdict(SSH, *rules, name=small[0]) is FAILED
    assert "together with other rules" in detail(SSH, *rules, name=small[0])
    tied = [
        Resource(
            urn=one.urn,
            token=one.token,
            name=one.name,
            inputs={**one.inputs, "securityGroupId": UNKNOWN},
            references={"securityGroupId": (group.urn,)},
        )
        for one in rules
    ]
    assert verdict(SSH, group, *tied, name=small[1]) is FAILED
    apart = Resource(urn="x", token=INGRESS, name="x", inputs={**rules[1].inputs, "securityGroupId": "sg-2"})
    assert verdict(SSH, rules[0], apart, name=small[0]) is PASSED
    assert verdict(SSH, low, high) is FAILED


def test_what_aws_tells_of_a_group_is_judged_once() -> None:
    """A rule that is there besides the program's is told with the group; one of the program by the rule
    alone.
    """
    told = {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [WORLD]}]}
    group = Resource(urn="g", token=GROUP, name="g", id="sg-1", inputs={"name": "g"}, outputs=told)
    assert verdict(SSH, group, name="g") is FAILED
    rule = opened("rule", [WORLD])
    assert verdict(SSH, group, rule, name="g") is PASSED
    assert verdict(SSH, group, rule) is FAILED


@pytest.mark.parametrize(
    ("it", "all_ports", "anything"),
    [
        (resource(EGRESS, ipProtocol="-1", cidrIpv4=WORLD), FAILED, FAILED),
        (resource(EGRESS, ipProtocol="-1", cidrIpv6=WORLD_6), FAILED, FAILED),
        (resource(EGRESS, ipProtocol="tcp", fromPort=443, toPort=443, cidrIpv4=WORLD), PASSED, FAILED),
        (resource(EGRESS, ipProtocol="tcp", fromPort=443, toPort=443, prefixListId="pl-1"), PASSED, OPEN),
        (resource(EGRESS, ipProtocol="-1", prefixListId="pl-1"), OPEN, OPEN),
        (resource(EGRESS, ipProtocol="-1", cidrIpv4="10.0.0.0/8"), PASSED, PASSED),
        (resource(RULE, type="egress", protocol="-1", cidrBlocks=[WORLD]), FAILED, FAILED),
        (resource(RULE, type="ingress", protocol="-1", cidrBlocks=[WORLD]), None, None),
        (resource(GROUP, egress=[{"protocol": "-1", "cidrBlocks": HALVES}]), FAILED, FAILED),
        (resource(GROUP, ingress=[{"protocol": "-1", "cidrBlocks": [WORLD]}]), PASSED, PASSED),
        (resource(INGRESS, ipProtocol="-1", cidrIpv4=WORLD), None, None),
    ],
)  # fmt: skip
def test_egress_is_judged_in_every_form(it: Resource, all_ports: Any, anything: Any) -> None:
    """Checks of one direction say nothing of a rule of the other."""
    assert verdict(EGRESS_ALL, it) is all_ports
    assert verdict(WORLD_EGRESS.id, it) is anything


SAMPLE = [ip_address((number << 26) + 12345) for number in range(64)]
"""Addresses spread over the whole of IPv4."""
NETWORKS = st.builds(
    lambda first, length: str(ip_network((first, length), strict=False)),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 1, 2, 3, 4]),
)


@settings(deadline=None)
@given(
    st.lists(NETWORKS, max_size=4),
    st.sampled_from(["tcp", "udp", "-1", "icmp"]),
    st.integers(0, 30),
    st.integers(0, 40),
    st.sampled_from(FORMS[:4]),
)
def test_who_can_call_port_22(networks: list[str], protocol: str, first: int, more: int, form: str) -> None:
    """The check fails just where a quarter of all addresses, or more, reach the port."""
    last = first + more
    everything = protocol == "-1" or (first, last) == (0, 0)
    open_port = protocol != "icmp" and (everything or first <= 22 <= last)
    callers = sum(any(address in ip_network(network) for network in networks) for address in SAMPLE)
    expected = FAILED if open_port and callers * 4 >= len(SAMPLE) else PASSED
    assert verdict(SSH, opened(form, list(networks), protocol=protocol, ports=(first, last))) is expected
