"""Networks: VPCs, subnets, gateways and addresses (EC2)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import ResourceMapping, Setting, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep, ignore_codes
from sandbox.provider.tagging import ec2_tags


def _set_vpc_attributes(step: ResourceStep) -> None:
    """Set the attributes of a VPC; ModifyVpcAttribute takes one attribute a call."""
    for name, argument in (
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
        ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics"),
    ):
        wanted = step.get(name)
        differs = name in step.changed if step.before else wanted != step.defaults[name]
        if differs:
            step.call("modify_vpc_attribute", VpcId=step.id, **{argument: {"Value": bool(wanted)}})


def _find_vpc_defaults(step: ResourceStep) -> Properties:
    """The ids of a VPC's default security group, network ACL and route table."""
    of_vpc = {"Name": "vpc-id", "Values": [step.id]}
    group = {"Name": "group-name", "Values": ["default"]}
    main = {"Name": "association.main", "Values": ["true"]}
    default = {"Name": "default", "Values": ["true"]}
    groups = step.call("describe_security_groups", Filters=[of_vpc, group])["SecurityGroups"]
    tables = step.call("describe_route_tables", Filters=[of_vpc, main])["RouteTables"]
    lists = step.call("describe_network_acls", Filters=[of_vpc, default])["NetworkAcls"]
    table = tables[0]["RouteTableId"] if tables else None
    return {
        "defaultSecurityGroupId": groups[0]["GroupId"] if groups else None,
        "defaultNetworkAclId": lists[0]["NetworkAclId"] if lists else None,
        "mainRouteTableId": table,
        "defaultRouteTableId": table,
    }


VPC = ResourceMapping(
    "aws:ec2/vpc:Vpc",
    service="ec2",
    create=ApiCall(
        "create_vpc",
        name_list("cidrBlock instanceTenancy"),
        rename={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
        result="Vpc",
    ),
    id="VpcId",
    outputs={"ownerId": "OwnerId", "dhcpOptionsId": "DhcpOptionsId", "arn": regional_arn("ec2", "vpc/{id}")},
    settings=(
        Setting(
            of=name_set("enableDnsSupport enableDnsHostnames enableNetworkAddressUsageMetrics"),
            do=_set_vpc_attributes,
            at_creation=True,
        ),
    ),
    complete=_find_vpc_defaults,
    defaults={
        "enableDnsSupport": True,
        "enableDnsHostnames": False,
        "enableNetworkAddressUsageMetrics": False,
    },
    delete=ApiCall("delete_vpc", given={"VpcId": "{id}"}),
    read=ApiCall("describe_vpcs", given={"VpcIds": ["{id}"]}, result="Vpcs[0]"),
    not_found=name_set("InvalidVpcID.NotFound"),
    replace_on=name_set("cidrBlock instanceTenancy assignGeneratedIpv6CidrBlock"),
    tags=ec2_tags("vpc"),
)


def _set_subnet_attributes(step: ResourceStep) -> None:
    """Set the attributes of a subnet; ModifySubnetAttribute takes one attribute a call."""
    for name, argument in (
        ("mapPublicIpOnLaunch", "MapPublicIpOnLaunch"),
        ("assignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation"),
    ):
        wanted = bool(step.get(name))
        if (name in step.changed) if step.before else wanted:
            step.call("modify_subnet_attribute", SubnetId=step.id, **{argument: {"Value": wanted}})


SUBNET = ResourceMapping(
    "aws:ec2/subnet:Subnet",
    service="ec2",
    create=ApiCall(
        "create_subnet",
        name_list("vpcId cidrBlock availabilityZone availabilityZoneId ipv6CidrBlock"),
        result="Subnet",
    ),
    id="SubnetId",
    outputs={
        "arn": "SubnetArn",
        "ownerId": "OwnerId",
        "availabilityZone": "AvailabilityZone",
        "availabilityZoneId": "AvailabilityZoneId",
    },
    settings=(
        Setting(
            of=name_set("mapPublicIpOnLaunch assignIpv6AddressOnCreation"),
            do=_set_subnet_attributes,
            at_creation=True,
        ),
    ),
    defaults={"mapPublicIpOnLaunch": False, "assignIpv6AddressOnCreation": False},
    delete=ApiCall("delete_subnet", given={"SubnetId": "{id}"}),
    read=ApiCall("describe_subnets", given={"SubnetIds": ["{id}"]}, result="Subnets[0]"),
    not_found=name_set("InvalidSubnetID.NotFound"),
    replace_on=name_set("vpcId cidrBlock availabilityZone availabilityZoneId ipv6CidrBlock"),
    tags=ec2_tags("subnet"),
)


def _attach_internet_gateway(step: ResourceStep) -> None:
    if step.before.get("vpcId"):
        step.call("detach_internet_gateway", InternetGatewayId=step.id, VpcId=step.before["vpcId"])
    if step.get("vpcId"):
        step.call("attach_internet_gateway", InternetGatewayId=step.id, VpcId=step.get("vpcId"))


def _delete_internet_gateway(step: ResourceStep) -> None:
    if step.get("vpcId"):
        try:
            step.call("detach_internet_gateway", InternetGatewayId=step.id, VpcId=step.get("vpcId"))
        except ApiError as error:
            ignore_codes(error, name_set("Gateway.NotAttached"))
    step.call("delete_internet_gateway", InternetGatewayId=step.id)


INTERNET_GATEWAY = ResourceMapping(
    "aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    create=ApiCall("create_internet_gateway", result="InternetGateway"),
    id="InternetGatewayId",
    outputs={"ownerId": "OwnerId", "arn": regional_arn("ec2", "internet-gateway/{id}")},
    settings=(Setting(of=name_set("vpcId"), do=_attach_internet_gateway, at_creation=True),),
    delete=_delete_internet_gateway,
    read=ApiCall(
        "describe_internet_gateways", given={"InternetGatewayIds": ["{id}"]}, result="InternetGateways[0]"
    ),
    not_found=name_set("InvalidInternetGatewayID.NotFound InvalidInternetGatewayId.NotFound"),
    tags=ec2_tags("internet-gateway"),
)


EIP = ResourceMapping(
    "aws:ec2/eip:Eip",
    service="ec2",
    create=ApiCall("allocate_address", name_list("domain address networkBorderGroup publicIpv4Pool")),
    id="AllocationId",
    outputs={
        "allocationId": "AllocationId",
        "publicIp": "PublicIp",
        "arn": regional_arn("ec2", "elastic-ip/{id}"),
    },
    delete=ApiCall("release_address", given={"AllocationId": "{id}"}),
    read=ApiCall("describe_addresses", given={"AllocationIds": ["{id}"]}, result="Addresses[0]"),
    not_found=name_set("InvalidAllocationID.NotFound InvalidAddressID.NotFound"),
    replace_on=name_set("domain address networkBorderGroup publicIpv4Pool"),
    defaults={"domain": "vpc"},
    tags=ec2_tags("elastic-ip"),
)


NAT_GATEWAY = ResourceMapping(
    "aws:ec2/natGateway:NatGateway",
    service="ec2",
    create=ApiCall(
        "create_nat_gateway",
        name_list("allocationId subnetId connectivityType"),
        rename={"privateIp": "PrivateIpAddress"},
        result="NatGateway",
    ),
    id="NatGatewayId",
    outputs={
        "publicIp": "NatGatewayAddresses[0].PublicIp",
        "privateIp": "NatGatewayAddresses[0].PrivateIp",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "associationId": "NatGatewayAddresses[0].AssociationId",
    },
    delete=ApiCall("delete_nat_gateway", given={"NatGatewayId": "{id}"}),
    read=ApiCall(
        "describe_nat_gateways",
        given={"NatGatewayIds": ["{id}"]},
        result="NatGateways[?State!='deleted' && State!='deleting'] | [0]",
    ),
    not_found=name_set("NatGatewayNotFound InvalidNatGatewayID.NotFound"),
    replace_on=name_set("allocationId subnetId connectivityType privateIp"),
    tags=ec2_tags("natgateway"),
)

MAPPINGS = (VPC, SUBNET, INTERNET_GATEWAY, EIP, NAT_GATEWAY)
