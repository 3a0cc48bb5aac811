"""Security groups and their rules (EC2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceCode, ResourceStep, ignore_codes
from sandbox.provider.tagging import ec2_tags

_EVERYTHING_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_GROUP_OUTPUTS = {"ownerId": "{account}", "arn": regional_arn("ec2", "security-group/{id}")}
_GROUP_NOT_FOUND = name_set("InvalidGroup.NotFound InvalidGroupId.NotFound")
_RULE_NOT_FOUND = name_set("InvalidPermission.NotFound InvalidSecurityGroupRuleId.NotFound")
_RULE_INPUTS = name_set(
    "ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId description"
)


def _let_nothing_out(step: ResourceStep) -> None:
    """Revoke the egress rule that AWS gives to every new group, as the real provider does."""
    try:
        step.call("revoke_security_group_egress", GroupId=step.id, IpPermissions=[_EVERYTHING_OUT])
    except ApiError as error:
        ignore_codes(error, _RULE_NOT_FOUND)


SECURITY_GROUP = ResourceMapping(
    "aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create=ApiCall("create_security_group", name_list("description vpcId"), rename={"name": "GroupName"}),
    id="GroupId",
    outputs=_GROUP_OUTPUTS,
    complete=_let_nothing_out,
    delete=ApiCall("delete_security_group", given={"GroupId": "{id}"}),
    read=ApiCall("describe_security_groups", given={"GroupIds": ["{id}"]}, result="SecurityGroups[0]"),
    not_found=_GROUP_NOT_FOUND,
    replace_on=name_set("name namePrefix description vpcId"),
    recorded=name_set("revokeRulesOnDelete"),
    defaults={"description": "Managed by Pulumi"},
    naming=Naming(),
    unique_name=True,
    tags=ec2_tags("security-group"),
)


def _find_default_group(step: ResourceStep) -> Properties:
    """Find the default group of a VPC: it exists already, and cannot be deleted."""
    filters = [
        {"Name": "vpc-id", "Values": [step.get("vpcId")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    group: Properties = step.call("describe_security_groups", Filters=filters)["SecurityGroups"][0]
    return group


def _revoke_all(step: ResourceStep) -> None:
    group = step.result or step.call("describe_security_groups", GroupIds=[step.id])["SecurityGroups"][0]
    for direction, rules in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        if group.get(rules):
            step.call(f"revoke_security_group_{direction}", GroupId=step.id, IpPermissions=group[rules])


DEFAULT_SECURITY_GROUP = ResourceMapping(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    create=_find_default_group,
    complete=_revoke_all,
    id="GroupId",
    outputs={**_GROUP_OUTPUTS, "name": "GroupName", "description": "Description"},
    read=ApiCall("describe_security_groups", given={"GroupIds": ["{id}"]}, result="SecurityGroups[0]"),
    not_found=_GROUP_NOT_FOUND,
    replace_on=name_set("vpcId"),
    recorded=name_set("revokeRulesOnDelete"),
    tags=ec2_tags("security-group"),
    tagged_at_creation=False,
)


def _permission(step: ResourceStep) -> dict[str, Any]:
    """A rule as AuthorizeSecurityGroupIngress and Egress take it, with one source or destination."""
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


def _authorize(direction: str) -> ResourceCode:
    def authorize(step: ResourceStep) -> Properties:
        answer = step.call(
            f"authorize_security_group_{direction}",
            GroupId=step.get("securityGroupId"),
            IpPermissions=[_permission(step)],
            **ec2_tags("security-group-rule").creation_arguments(step.inputs.get("tags") or {}),
        )
        rule: Properties = answer["SecurityGroupRules"][0]
        return rule

    return authorize


def _modify_rule(step: ResourceStep) -> None:
    wanted = {name: step.get(name) for name in _RULE_INPUTS}
    rule = step.arguments(
        "modify_security_group_rules",
        {"securityGroupRules": {"securityGroupRuleId": step.id, "securityGroupRule": wanted}},
        {
            "securityGroupRules.securityGroupRule.referencedSecurityGroupId": "ReferencedGroupId",
        },
    )
    step.call("modify_security_group_rules", GroupId=step.get("securityGroupId"), **rule)


def _rule(direction: str) -> ResourceMapping:
    kind = f"SecurityGroup{direction.capitalize()}Rule"
    return ResourceMapping(
        f"aws:vpc/securityGroup{direction.capitalize()}Rule:{kind}",
        service="ec2",
        create=_authorize(direction),
        id="SecurityGroupRuleId",
        outputs={"securityGroupRuleId": "{id}", "arn": regional_arn("ec2", "security-group-rule/{id}")},
        settings=(Setting(of=_RULE_INPUTS, do=_modify_rule),),
        delete=ApiCall(
            f"revoke_security_group_{direction}",
            given={"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
        ),
        read=ApiCall(
            "describe_security_group_rules",
            given={"SecurityGroupRuleIds": ["{id}"]},
            result="SecurityGroupRules[0]",
        ),
        not_found=_GROUP_NOT_FOUND | _RULE_NOT_FOUND,
        replace_on=name_set("securityGroupId"),
        tags=ec2_tags("security-group-rule"),
    )


INGRESS_RULE = _rule("ingress")
EGRESS_RULE = _rule("egress")

MAPPINGS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE)
