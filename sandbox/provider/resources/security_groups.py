"""Security groups and their rules (EC2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Mapping, Naming, Setting, arn, listed, names
from sandbox.provider.step import Code, Step, absent_is_fine
from sandbox.provider.tagging import ec2_tags

_EVERYTHING_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_GROUP_OUTPUTS = {"ownerId": "{account}", "arn": arn("ec2", "security-group/{id}")}
_GROUP_GONE = names("InvalidGroup.NotFound InvalidGroupId.NotFound")
_RULE_GONE = names("InvalidPermission.NotFound InvalidSecurityGroupRuleId.NotFound")
_RULE_INPUTS = names(
    "ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId description"
)


def _let_nothing_out(step: Step) -> None:
    """AWS lets a new group send everything anywhere; like the real provider, take that back at once."""
    try:
        step.call("revoke_security_group_egress", GroupId=step.id, IpPermissions=[_EVERYTHING_OUT])
    except ApiError as error:
        absent_is_fine(error, _RULE_GONE)


SECURITY_GROUP = Mapping(
    "aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create=Call("create_security_group", listed("description vpcId"), rename={"name": "GroupName"}),
    id="GroupId",
    outputs=_GROUP_OUTPUTS,
    complete=_let_nothing_out,
    delete=Call("delete_security_group", given={"GroupId": "{id}"}),
    read=Call("describe_security_groups", given={"GroupIds": ["{id}"]}, result="SecurityGroups[0]"),
    gone=_GROUP_GONE,
    replace_on=names("name namePrefix description vpcId"),
    recorded=names("revokeRulesOnDelete"),
    defaults={"description": "Managed by Pulumi"},
    naming=Naming(),
    unique_name=True,
    tags=ec2_tags("security-group"),
)


def _find_default_group(step: Step) -> Properties:
    """The default group comes with its VPC; it is adopted, and cannot be deleted."""
    filters = [
        {"Name": "vpc-id", "Values": [step.get("vpcId")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    group: Properties = step.call("describe_security_groups", Filters=filters)["SecurityGroups"][0]
    return group


def _revoke_all(step: Step) -> None:
    group = step.result or step.call("describe_security_groups", GroupIds=[step.id])["SecurityGroups"][0]
    for direction, rules in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        if group.get(rules):
            step.call(f"revoke_security_group_{direction}", GroupId=step.id, IpPermissions=group[rules])


DEFAULT_SECURITY_GROUP = Mapping(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    create=_find_default_group,
    complete=_revoke_all,
    id="GroupId",
    outputs={**_GROUP_OUTPUTS, "name": "GroupName", "description": "Description"},
    read=Call("describe_security_groups", given={"GroupIds": ["{id}"]}, result="SecurityGroups[0]"),
    gone=_GROUP_GONE,
    replace_on=names("vpcId"),
    recorded=names("revokeRulesOnDelete"),
    tags=ec2_tags("security-group"),
    tagged_at_creation=False,
)


def _permission(step: Step) -> dict[str, Any]:
    """Write a rule as AuthorizeSecurityGroup... takes it: one permission with one source or destination."""
    protocol = str(step.get("ipProtocol"))
    permission: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        ports = {"FromPort": step.get("fromPort"), "ToPort": step.get("toPort")}
        permission |= {name: int(port) for name, port in ports.items() if port is not None}
    words = {"Description": step.get("description")} if step.get("description") else {}
    for name, group, member in (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if step.get(name):
            permission[group] = [{member: step.get(name), **words}]
    return permission


def _authorize(direction: str) -> Code:
    def authorize(step: Step) -> Properties:
        answer = step.call(
            f"authorize_security_group_{direction}",
            GroupId=step.get("securityGroupId"),
            IpPermissions=[_permission(step)],
            **ec2_tags("security-group-rule").at_creation(step.inputs.get("tags") or {}),
        )
        rule: Properties = answer["SecurityGroupRules"][0]
        return rule

    return authorize


def _modify_rule(step: Step) -> None:
    wanted = {name: step.get(name) for name in _RULE_INPUTS}
    rule = step.arguments(
        "modify_security_group_rules",
        {"securityGroupRules": {"securityGroupRuleId": step.id, "securityGroupRule": wanted}},
        {
            "securityGroupRules.securityGroupRule.referencedSecurityGroupId": "ReferencedGroupId",
        },
    )
    step.call("modify_security_group_rules", GroupId=step.get("securityGroupId"), **rule)


def _rule(direction: str) -> Mapping:
    kind = f"SecurityGroup{direction.capitalize()}Rule"
    return Mapping(
        f"aws:vpc/securityGroup{direction.capitalize()}Rule:{kind}",
        service="ec2",
        create=_authorize(direction),
        id="SecurityGroupRuleId",
        outputs={"securityGroupRuleId": "{id}", "arn": arn("ec2", "security-group-rule/{id}")},
        settings=(Setting(of=_RULE_INPUTS, do=_modify_rule),),
        delete=Call(
            f"revoke_security_group_{direction}",
            given={"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
        ),
        read=Call(
            "describe_security_group_rules",
            given={"SecurityGroupRuleIds": ["{id}"]},
            result="SecurityGroupRules[0]",
        ),
        gone=_GROUP_GONE | _RULE_GONE,
        replace_on=names("securityGroupId"),
        tags=ec2_tags("security-group-rule"),
    )


INGRESS_RULE = _rule("ingress")
EGRESS_RULE = _rule("egress")

MAPPINGS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE)
