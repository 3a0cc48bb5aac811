"""Network ACLs with their rules and subnets (EC2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import ResourceMapping, Setting, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import ec2_tags

_LAST_RULE = 32767
"""AWS's own, which denies what no other allows, and stays."""
_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}


def _entry(rule: Properties, *, egress: bool) -> dict[str, Any]:
    """A rule as CreateNetworkAclEntry takes it."""
    protocol = str(rule.get("protocol", "-1")).lower()
    entry: dict[str, Any] = {
        "RuleNumber": int(rule["ruleNo"]),
        "Protocol": _PROTOCOLS.get(protocol, protocol),
        "RuleAction": rule["action"],
        "Egress": egress,
    }
    for name, argument in (("cidrBlock", "CidrBlock"), ("ipv6CidrBlock", "Ipv6CidrBlock")):
        if rule.get(name):
            entry[argument] = rule[name]
    if entry["Protocol"] in ("6", "17"):
        entry["PortRange"] = {"From": int(rule["fromPort"]), "To": int(rule["toPort"])}
    return entry


def _set_rules(step: ResourceStep) -> None:
    """Delete the rules that are gone and create those that are new, as the real provider does."""
    for name, egress in (("ingress", False), ("egress", True)):
        before = [_entry(rule, egress=egress) for rule in step.before.get(name) or ()]
        wanted = [_entry(rule, egress=egress) for rule in step.get(name) or ()]
        for entry in before:
            if entry not in wanted:
                step.call(
                    "delete_network_acl_entry",
                    NetworkAclId=step.id,
                    RuleNumber=entry["RuleNumber"],
                    Egress=egress,
                )
        for entry in wanted:
            if entry not in before:
                step.call("create_network_acl_entry", NetworkAclId=step.id, **entry)


def _set_subnets(step: ResourceStep) -> None:
    """A subnet always has an ACL: one that is taken out gets the VPC's default one back."""
    wanted, before = set(step.get("subnetIds") or ()), set(step.before.get("subnetIds") or ())
    _associate(step, wanted - before, step.id)
    _associate(step, before - wanted, None)


def _associate(step: ResourceStep, subnets: set[str], acl: str | None) -> None:
    for subnet in sorted(subnets):
        of_subnet = {"Name": "association.subnet-id", "Values": [subnet]}
        for found in step.call("describe_network_acls", Filters=[of_subnet])["NetworkAcls"]:
            for association in found["Associations"]:
                if association["SubnetId"] == subnet:
                    step.call(
                        "replace_network_acl_association",
                        AssociationId=association["NetworkAclAssociationId"],
                        NetworkAclId=acl or _default_acl(step, found["VpcId"]),
                    )


def _default_acl(step: ResourceStep, vpc: str) -> str:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    found: str = step.call("describe_network_acls", Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    return found


def _delete_acl(step: ResourceStep) -> None:
    _associate(step, set(step.get("subnetIds") or ()), None)
    step.call("delete_network_acl", NetworkAclId=step.id)


NETWORK_ACL = ResourceMapping(
    "aws:ec2/networkAcl:NetworkAcl",
    service="ec2",
    create=ApiCall("create_network_acl", ("vpcId",), result="NetworkAcl"),
    id="NetworkAclId",
    outputs={"ownerId": "OwnerId", "arn": regional_arn("ec2", "network-acl/{id}")},
    settings=(
        # rules first: a subnet is never guarded by an ACL that does not have them yet
        Setting(of=name_set("ingress egress"), do=_set_rules, at_creation=True),
        Setting(of=name_set("subnetIds"), do=_set_subnets, at_creation=True),
    ),
    delete=_delete_acl,
    read=ApiCall("describe_network_acls", given={"NetworkAclIds": ["{id}"]}, result="NetworkAcls[0]"),
    # the second is what moto says
    not_found=name_set("InvalidNetworkAclID.NotFound InvalidRouteTableID.NotFound"),
    replace_on=name_set("vpcId"),
    tags=ec2_tags("network-acl"),
)


def _adopt_default(step: ResourceStep) -> Properties:
    """Find the VPC's own ACL, which exists already and cannot be deleted, and take its rules away."""
    acl = step.get("defaultNetworkAclId")
    found: Properties = step.call("describe_network_acls", NetworkAclIds=[acl])["NetworkAcls"][0]
    for entry in found["Entries"]:
        if entry["RuleNumber"] != _LAST_RULE:
            step.call(
                "delete_network_acl_entry",
                NetworkAclId=acl,
                RuleNumber=entry["RuleNumber"],
                Egress=entry["Egress"],
            )
    return found


DEFAULT_NETWORK_ACL = ResourceMapping(
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    service="ec2",
    create=_adopt_default,
    id="NetworkAclId",
    outputs={"ownerId": "OwnerId", "vpcId": "VpcId", "arn": regional_arn("ec2", "network-acl/{id}")},
    settings=(
        Setting(of=name_set("ingress egress"), do=_set_rules, at_creation=True),
        Setting(of=name_set("subnetIds"), do=_set_subnets, at_creation=True),
    ),
    read=ApiCall("describe_network_acls", given={"NetworkAclIds": ["{id}"]}, result="NetworkAcls[0]"),
    not_found=name_set("InvalidNetworkAclID.NotFound InvalidRouteTableID.NotFound"),
    replace_on=name_set("defaultNetworkAclId"),
    tags=ec2_tags("network-acl"),
    tagged_at_creation=False,
)

MAPPINGS = (NETWORK_ACL, DEFAULT_NETWORK_ACL)
