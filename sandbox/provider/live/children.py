"""What stands inside of a resource and is a resource of its own: added behind the program's back, no record
names it.

Only what is listed here is looked for; an addition elsewhere, such as a bucket, is not found.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from sandbox.provider.api_clients import ApiClients

_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """One kind of child of a parent type.

    `found` is the JMESPath to what tells each child; its id is that, or `id` with `{parent}`,
    `{child}` or its `{checksum}` in it. `listed_in` is an input of the parent that names children, too.
    """

    type: str
    service: str
    operation: str
    given: Mapping[str, Any]
    found: str
    id: str = "{child}"
    listed_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerResource:
    """A child that exists, by type and id."""

    type: str
    id: str


def _of_group(kind: str, *, egress: bool) -> Children:
    return Children(
        type=kind,
        service="ec2",
        operation="describe_security_group_rules",
        given={"Filters": [{"Name": "group-id", "Values": ["{parent}"]}]},
        found=f"SecurityGroupRules[?IsEgress==`{str(egress).lower()}`].SecurityGroupRuleId",
    )


def _of_vpc(kind: str, operation: str, found: str, filters: str = "Filters") -> Children:
    return Children(
        type=kind,
        service="ec2",
        operation=operation,
        given={filters: [{"Name": "vpc-id", "Values": ["{parent}"]}]},
        found=found,
    )


_RULES = (_of_group(_INGRESS, egress=False), _of_group(_EGRESS, egress=True))
CHILDREN: Mapping[str, tuple[Children, ...]] = {
    "aws:ec2/securityGroup:SecurityGroup": _RULES,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _RULES,
    "aws:ec2/vpc:Vpc": (
        _of_vpc(
            "aws:ec2/securityGroup:SecurityGroup",
            "describe_security_groups",
            "SecurityGroups[?GroupName!='default'].GroupId",
        ),
        _of_vpc("aws:ec2/subnet:Subnet", "describe_subnets", "Subnets[].SubnetId"),
        _of_vpc(
            "aws:ec2/routeTable:RouteTable",
            "describe_route_tables",
            "RouteTables[?!not_null(Associations[?Main]|[0])].RouteTableId",
        ),
        _of_vpc(
            "aws:ec2/networkAcl:NetworkAcl",
            "describe_network_acls",
            "NetworkAcls[?!IsDefault].NetworkAclId",
        ),
        _of_vpc("aws:ec2/vpcEndpoint:VpcEndpoint", "describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId"),
    ),
    "aws:ec2/routeTable:RouteTable": (
        Children(
            type="aws:ec2/route:Route",
            service="ec2",
            operation="describe_route_tables",
            given={"RouteTableIds": ["{parent}"]},
            found="RouteTables[0].Routes[?Origin=='CreateRoute'].DestinationCidrBlock",
            id="r-{parent}{checksum}",
        ),
    ),
    "aws:ecs/cluster:Cluster": (
        Children(
            type="aws:ecs/service:Service",
            service="ecs",
            operation="list_services",
            given={"cluster": "{parent}"},
            found="serviceArns",
        ),
    ),
    "aws:iam/role:Role": (
        Children(
            type="aws:iam/rolePolicy:RolePolicy",
            service="iam",
            operation="list_role_policies",
            given={"RoleName": "{parent}"},
            found="PolicyNames",
            id="{parent}:{child}",
        ),
        Children(
            type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            service="iam",
            operation="list_attached_role_policies",
            given={"RoleName": "{parent}"},
            found="AttachedPolicies[].PolicyArn",
            id="{parent}/{child}",
            listed_in="managedPolicyArns",
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        Children(
            type="aws:lb/listener:Listener",
            service="elbv2",
            operation="describe_listeners",
            given={"LoadBalancerArn": "{parent}"},
            found="Listeners[].ListenerArn",
        ),
    ),
    "aws:lb/listener:Listener": (
        Children(
            type="aws:lb/listenerRule:ListenerRule",
            service="elbv2",
            operation="describe_rules",
            given={"ListenerArn": "{parent}"},
            found="Rules[?!IsDefault].RuleArn",
        ),
    ),
    "aws:sns/topic:Topic": (
        Children(
            type="aws:sns/topicSubscription:TopicSubscription",
            service="sns",
            operation="list_subscriptions_by_topic",
            given={"TopicArn": "{parent}"},
            found="Subscriptions[].SubscriptionArn",
        ),
    ),
}


def children_of(
    clients: ApiClients, token: str, parent: str, inputs: Mapping[str, Any]
) -> Iterator[InnerResource]:
    """The children of a resource that exist and that it does not name itself. Raises ApiError."""
    for kind in CHILDREN.get(token, ()):
        given = _filled(dict(kind.given), parent)
        named = inputs.get(kind.listed_in) or ()
        for page in clients.pages(kind.service, kind.operation, **given):
            for child in jmespath.search(kind.found, page) or ():
                if child not in named:
                    checksum = zlib.crc32(child.encode())
                    yield InnerResource(
                        type=kind.type, id=kind.id.format(parent=parent, child=child, checksum=checksum)
                    )


def _filled(value: Any, parent: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, parent) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, parent) for item in value]
    return value.format(parent=parent) if isinstance(value, str) else value
