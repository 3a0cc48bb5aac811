"""Security groups in every form of their rules, with what is open in each.

`open` are the checks that fail, and `undecided` those that hang on something; all others of the five pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.resources.corpus.rendering import Written
from tests.support.resources.documents import UNKNOWN

SSH, RDP, HTTP, ALL, EGRESS = (f"CKV_AWS_{number}" for number in (24, 25, 260, 277, 382))
INGRESS_CHECKS = (SSH, RDP, HTTP, ALL)
WORLD, PRIVATE = "0.0.0.0/0", "10.0.0.0/8"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_ITSELF = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
EVERYTHING = (SSH, RDP, HTTP, ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup:
    """A group or rule, and what is open in it."""

    name: str
    token: str
    inputs: Mapping[str, Any]
    open: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    egress: bool = False

    def written(self) -> Written:
        """As a program has it."""
        return Written(token=self.token, name=self.name, inputs=self.inputs)


def _openings() -> list[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]]]:
    """Protocol and ports with sources, as the older forms say it: what is open, and what is undecided."""
    tcp = {"protocol": "tcp"}
    world = {"cidrBlocks": [WORLD]}
    ssh = {**tcp, "fromPort": 22, "toPort": 22}
    every = {"protocol": "-1", "fromPort": 0, "toPort": 0}
    return [
        ("ssh", {**ssh, **world}, (SSH,), ()),
        ("ssh as text", {**tcp, "fromPort": "22", "toPort": "22", **world}, (SSH,), ()),
        ("ssh in capitals", {**ssh, "protocol": "TCP", **world}, (SSH,), ()),
        ("all in capitals", {**every, "protocol": "ALL", **world}, EVERYTHING, ()),
        ("ssh by number", {**ssh, "protocol": 6, **world}, (SSH,), ()),
        ("ssh with a point", {**tcp, "fromPort": 22.0, "toPort": 22.0, **world}, (SSH,), ()),
        ("ssh over IPv6", {**ssh, "ipv6CidrBlocks": ["::/0"]}, (SSH,), ()),
        ("ssh to halves", {**ssh, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}, (SSH,), ()),
        ("ssh to one half", {**ssh, "cidrBlocks": ["128.0.0.0/1"]}, (SSH,), ()),
        ("ssh to all of IPv6", {**ssh, "ipv6CidrBlocks": ["2000::/3"]}, (SSH,), ()),
        ("ssh among others", {**ssh, "cidrBlocks": [PRIVATE, WORLD]}, (SSH,), ()),
        ("ssh in a range", {**tcp, "fromPort": 1, "toPort": 1024, **world}, (SSH, HTTP), ()),
        ("ssh inside", {**ssh, "cidrBlocks": [PRIVATE]}, (), ()),
        ("rdp", {**tcp, "fromPort": 3389, "toPort": 3389, **world}, (RDP,), ()),
        ("http", {**tcp, "fromPort": 80, "toPort": 80, **world}, (HTTP,), ()),
        ("https", {**tcp, "fromPort": 443, "toPort": 443, **world}, (), ()),
        ("all protocols", {**every, **world}, EVERYTHING, ()),
        ("all ports", {**tcp, "fromPort": 0, "toPort": 65535, **world}, EVERYTHING, ()),
        ("ping", {"protocol": "icmp", "fromPort": 8, "toPort": 0, **world}, (), ()),
        ("a group", {**every, "securityGroups": ["sg-1"]}, (), ()),
        ("itself", {**every, "self": True}, (), ()),
        ("sources unknown", {**ssh, "cidrBlocks": UNKNOWN}, (), (SSH,)),
        ("one source unknown", {**ssh, "cidrBlocks": [PRIVATE, UNKNOWN]}, (), (SSH,)),
        ("world beside unknown", {**ssh, "cidrBlocks": [WORLD, UNKNOWN]}, (SSH,), ()),
        ("ports unknown", {**tcp, "fromPort": UNKNOWN, "toPort": UNKNOWN, **world}, (), EVERYTHING),
        ("https from unknown", {**tcp, "fromPort": 443, "toPort": 443, "cidrBlocks": UNKNOWN}, (), ()),
        ("a prefix list", {**ssh, "prefixListIds": ["pl-1"]}, (), (SSH,)),
        ("a list and the world", {**ssh, "prefixListIds": ["pl-1"], **world}, (SSH,), ()),
    ]


def _newer(rule: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same in the newer form, which has one source; None where that cannot say it."""
    found = {"ipProtocol": rule["protocol"], "fromPort": rule["fromPort"], "toPort": rule["toPort"]}
    if rule["protocol"] in ("-1", "ALL"):
        found = {"ipProtocol": "-1"}
    match {name: rule[name] for name in rule if name not in ("protocol", "fromPort", "toPort")}:
        case {"cidrBlocks": [str(network)], **rest} if not rest:
            return {**found, "cidrIpv4": network}
        case {"cidrBlocks": str(unknown), **rest} if not rest:
            return {**found, "cidrIpv4": unknown}
        case {"ipv6CidrBlocks": [str(network)], **rest} if not rest:
            return {**found, "cidrIpv6": network}
        case {"prefixListIds": [str(identity)], **rest} if not rest:
            return {**found, "prefixListId": identity}
        case {"securityGroups": [str(group)], **rest} if not rest:
            return {**found, "referencedSecurityGroupId": group}
        case _:
            return None


def groups() -> list[OpenGroup]:
    """Every opening in every form that can say it."""
    found: list[OpenGroup] = []
    for name, rule, opened, undecided in _openings():
        separate = {key: value for key, value in rule.items() if key != "securityGroups"}
        if "securityGroups" in rule:
            separate["sourceSecurityGroupId"] = rule["securityGroups"][0]
        found += [
            OpenGroup(
                name=f"{name} inline",
                token=_GROUP,
                inputs={"ingress": [rule]},
                open=opened,
                undecided=undecided,
            ),
            OpenGroup(
                name=f"{name} after itself",
                token=_GROUP,
                inputs={"ingress": [_ITSELF, rule]},
                open=opened,
                undecided=undecided,
            ),
            OpenGroup(
                name=f"{name} by default",
                token=_DEFAULT,
                inputs={"ingress": [rule]},
                open=opened,
                undecided=undecided,
            ),
            OpenGroup(
                name=f"{name} separate",
                token=_RULE,
                inputs={"type": "ingress", "securityGroupId": f"sg-{name}", **separate},
                open=opened,
                undecided=undecided,
            ),
        ]
        newer = _newer(rule)
        if newer is not None:
            newer["securityGroupId"] = f"sg-{name}"
            found.append(
                OpenGroup(
                    name=f"{name} newer", token=_INGRESS, inputs=newer, open=opened, undecided=undecided
                )
            )
    return [*found, _either_way(), *_egress()]


def _either_way() -> OpenGroup:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [WORLD]}
    return OpenGroup(
        name="ssh, in or out unknown",
        token=_RULE,
        inputs={"type": UNKNOWN, "securityGroupId": "sg-either", **rule},
        undecided=(SSH,),
    )


def _egress() -> list[OpenGroup]:
    every = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [WORLD]}
    https = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [WORLD]}
    return [
        OpenGroup(
            name="egress inline", token=_GROUP, inputs={"egress": [every]}, open=(EGRESS,), egress=True
        ),
        OpenGroup(name="egress of https", token=_GROUP, inputs={"egress": [https]}, egress=True),
        OpenGroup(
            name="egress separate",
            token=_RULE,
            inputs={"type": "egress", **every},
            open=(EGRESS,),
            egress=True,
        ),
        OpenGroup(
            name="egress newer",
            token=_EGRESS,
            inputs={"ipProtocol": "-1", "cidrIpv4": WORLD},
            open=(EGRESS,),
            egress=True,
        ),
        OpenGroup(
            name="egress newer, IPv6",
            token=_EGRESS,
            inputs={"ipProtocol": "-1", "cidrIpv6": "::/0"},
            open=(EGRESS,),
            egress=True,
        ),
        OpenGroup(
            name="egress to a list",
            token=_EGRESS,
            inputs={"ipProtocol": "-1", "prefixListId": "pl-1"},
            undecided=(EGRESS,),
            egress=True,
        ),
        OpenGroup(
            name="egress unknown",
            token=_EGRESS,
            inputs={"ipProtocol": "-1", "cidrIpv4": UNKNOWN},
            undecided=(EGRESS,),
            egress=True,
        ),
    ]
