"""VPC endpoints: gateways in route tables, interfaces in subnets (EC2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import ec2_tags

_ROUTE_NOT_FOUND = name_set("InvalidRoute.NotFound InvalidRouteTableID.NotFound")


def _create_endpoint(step: ResourceStep) -> Properties:
    wanted = {
        name: step.get(name)
        for name in name_list(
            "vpcId serviceName vpcEndpointType routeTableIds subnetIds securityGroupIds privateDnsEnabled "
            "ipAddressType dnsOptions serviceRegion"
        )
    }
    arguments = step.arguments("create_vpc_endpoint", {**wanted, "policyDocument": step.get("policy")}, {})
    tags = ec2_tags("vpc-endpoint").creation_arguments(step.inputs.get("tags") or {})
    endpoint: Properties = step.call("create_vpc_endpoint", **arguments, **tags)["VpcEndpoint"]
    if step.get("vpcEndpointType") == "Gateway":
        # what security groups name as the destination of a gateway's traffic
        of_service = {"Name": "prefix-list-name", "Values": [step.get("serviceName")]}
        lists = step.call("describe_managed_prefix_lists", Filters=[of_service])["PrefixLists"]
        endpoint = {**endpoint, "PrefixListId": lists[0]["PrefixListId"] if lists else None}
    return endpoint


def _modify_endpoint(step: ResourceStep) -> None:
    """Modify an endpoint; ModifyVpcEndpoint takes what to add and what to remove."""
    arguments: dict[str, Any] = {}
    for name, argument in (
        ("routeTableIds", "RouteTableIds"),
        ("subnetIds", "SubnetIds"),
        ("securityGroupIds", "SecurityGroupIds"),
    ):
        old, new = set(step.before.get(name) or ()), set(step.get(name) or ())
        arguments |= {f"Add{argument}": sorted(new - old)} if new - old else {}
        arguments |= {f"Remove{argument}": sorted(old - new)} if old - new else {}
    if "policy" in step.changed:
        policy = step.get("policy")
        arguments |= {"ResetPolicy": True} if policy is None else {"PolicyDocument": policy}
    arguments |= step.arguments(
        "modify_vpc_endpoint",
        {
            n: step.get(n)
            for n in name_list("privateDnsEnabled ipAddressType dnsOptions")
            if n in step.changed
        },
        {},
    )
    step.call("modify_vpc_endpoint", VpcEndpointId=step.id, **arguments)


def _delete_endpoint(step: ResourceStep) -> None:
    """Delete an endpoint, and first its routes if the emulator fails because one is missing."""
    try:
        step.call("delete_vpc_endpoints", VpcEndpointIds=[step.id])
    except ApiError as error:
        tables = step.get("routeTableIds")
        if not tables or error.code not in _ROUTE_NOT_FOUND:
            raise
        step.call("modify_vpc_endpoint", VpcEndpointId=step.id, RemoveRouteTableIds=tables)
        step.call("delete_vpc_endpoints", VpcEndpointIds=[step.id])


VPC_ENDPOINT = ResourceMapping(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    create=_create_endpoint,
    id="VpcEndpointId",
    outputs={
        "arn": regional_arn("ec2", "vpc-endpoint/{id}"),
        "dnsEntries": "DnsEntries[].{dnsName: DnsName, hostedZoneId: HostedZoneId}",
        "networkInterfaceIds": "NetworkInterfaceIds",
        "ownerId": "OwnerId",
        "prefixListId": "PrefixListId",
        "requesterManaged": "RequesterManaged",
        "state": "State",
    },
    settings=(
        Setting(
            of=name_set(
                "routeTableIds subnetIds securityGroupIds policy privateDnsEnabled ipAddressType dnsOptions"
            ),
            do=_modify_endpoint,
        ),
    ),
    defaults={"vpcEndpointType": "Gateway"},
    delete=_delete_endpoint,
    read=ApiCall(
        "describe_vpc_endpoints",
        given={"VpcEndpointIds": ["{id}"]},
        result="VpcEndpoints[?State!='deleted' && State!='deleting'] | [0]",
    ),
    not_found=name_set("InvalidVpcEndpointId.NotFound InvalidVpcEndpoint.NotFound"),
    replace_on=name_set("vpcId serviceName vpcEndpointType serviceRegion"),
    recorded=name_set("autoAccept"),
    tags=ec2_tags("vpc-endpoint"),
)

MAPPINGS = (VPC_ENDPOINT,)
