"""The rules and subnets of a network ACL, as inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_LAST_RULE = 32767
"""AWS's own, which denies what no other allows."""
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}


def network_acl_inputs(answer: Mapping[str, Any], _wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a network ACL that DescribeNetworkAcls has in another form."""
    entries = [entry for entry in answer.get("Entries", ()) if entry["RuleNumber"] != _LAST_RULE]
    return {
        "ingress": list(_rules(entries, egress=False)),
        "egress": list(_rules(entries, egress=True)),
        "subnetIds": [association["SubnetId"] for association in answer.get("Associations", ())],
    }


def _rules(entries: list[Mapping[str, Any]], *, egress: bool) -> Iterator[dict[str, Any]]:
    for entry in sorted(entries, key=lambda entry: int(entry["RuleNumber"])):
        if entry["Egress"] is not egress:
            continue
        ports = entry.get("PortRange") or {}
        rule = {
            "ruleNo": entry["RuleNumber"],
            "action": entry["RuleAction"],
            "protocol": _PROTOCOLS.get(str(entry["Protocol"]), entry["Protocol"]),
            "cidrBlock": entry.get("CidrBlock"),
            "ipv6CidrBlock": entry.get("Ipv6CidrBlock"),
            "fromPort": ports.get("From", 0),
            "toPort": ports.get("To", 0),
        }
        yield {name: value for name, value in rule.items() if value is not None}
