"""The network that AWS describes, read from moto."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from cli.network.deployed import read_network
from components.network.acl_plan import AclRule
from components.network.reachability import Topology, reach

REGION = "us-east-1"


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=REGION)
        yield session.client


@pytest.fixture
def made(aws: Any) -> dict[str, Any]:
    """A caller and a callee, each in its own subnet of `dev`, with AWS's own ACL."""
    ec2, ecs = aws("ec2"), aws("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = {}
    for number, name in enumerate(("left", "right")):
        made = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{'ab'[number]}"
        )
        subnets[name] = made["Subnet"]["SubnetId"]
        ec2.create_tags(Resources=[subnets[name]], Tags=[{"Key": "Name", "Value": f"dev-{name}"}])
    groups = {}
    for name in ("caller", "callee"):
        groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=groups[name], IpPermissions=everything)

    def permission(group: str) -> list[dict[str, Any]]:
        return [
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 81,
                "UserIdGroupPairs": [{"GroupId": groups[group]}],
            }
        ]

    ec2.authorize_security_group_egress(GroupId=groups["caller"], IpPermissions=permission("callee"))
    ec2.authorize_security_group_ingress(GroupId=groups["callee"], IpPermissions=permission("caller"))
    ecs.create_cluster(clusterName="dev")
    ecs.register_task_definition(family="x", containerDefinitions=[{"name": "x", "image": "x", "memory": 1}])
    for name, subnet in (("caller", "left"), ("callee", "right")):
        network = {"subnets": [subnets[subnet]], "securityGroups": [groups[name]]}
        ecs.create_service(
            cluster="dev",
            serviceName=name,
            taskDefinition="x",
            desiredCount=1,
            networkConfiguration={"awsvpcConfiguration": network},
        )
    balancer = aws("elbv2").create_load_balancer(
        Name="door", Subnets=list(subnets.values()), SecurityGroups=[groups["caller"]], Scheme="internal"
    )
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    return {"vpc": vpc, "subnets": subnets, "groups": groups, "balancer": arn}


def read(aws: Any, made: dict[str, Any]) -> Topology:
    platform = SimpleNamespace(load_balancer_arn=made["balancer"], cluster_name="dev")
    environment = SimpleNamespace(name="dev")
    world = SimpleNamespace(client=aws, platform=lambda: platform, environment=environment)
    return read_network(cast("Any", world))


def test_what_stands_where_is_read(aws: Any, made: dict[str, Any]) -> None:
    """Subnets by the names that we give them, services with theirs, and the load balancer."""
    network = read(aws, made)
    assert {name: view.cidr for name, view in network.subnets.items()} == {
        "left": "10.0.0.0/24",
        "right": "10.0.1.0/24",
    }
    assert set(network.ends) == {"caller", "callee", "load-balancer", "endpoints", "internet"}
    assert network.ends["callee"].subnets == ("right",)
    assert network.ends["load-balancer"].subnets == ("left", "right")


@pytest.mark.parametrize(("port", "reached"), [(79, False), (80, True), (81, True), (82, False)])
def test_groups_are_read_with_their_ranges(aws: Any, made: dict[str, Any], port: int, reached: bool) -> None:
    """Both ends of a range, and neither neighbour; nor the other way round."""
    network = read(aws, made)
    assert reach(network, "caller", "callee", port).reachable is reached
    assert not reach(network, "callee", "caller", port).reachable


def test_an_acl_is_read_with_its_denials(aws: Any, made: dict[str, Any]) -> None:
    """A rule that denies the answer stops what the groups allow; other protocols do not matter."""
    ec2 = aws("ec2")
    acl = ec2.create_network_acl(VpcId=made["vpc"])["NetworkAcl"]["NetworkAclId"]
    rows = [
        (100, "6", "allow", False, (80, 80)),
        (90, "17", "deny", False, (80, 80)),
        (200, "6", "allow", True, (1024, 65535)),
        (150, "6", "deny", True, (40000, 40000)),
    ]
    for number, protocol, action, egress, ports in rows:
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Protocol=protocol,
            RuleAction=action,
            Egress=egress,
            CidrBlock="10.0.0.0/16",
            PortRange={"From": ports[0], "To": ports[1]},
        )
    of_subnet = [{"Name": "association.subnet-id", "Values": [made["subnets"]["right"]]}]
    for found in ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"]:
        for one in found["Associations"]:
            if one["SubnetId"] == made["subnets"]["right"]:
                ec2.replace_network_acl_association(
                    AssociationId=one["NetworkAclAssociationId"], NetworkAclId=acl
                )
    network = read(aws, made)
    assert (
        AclRule(number=100, cidr="10.0.0.0/16", from_port=80, to_port=80) in network.subnets["right"].ingress
    )
    last = reach(network, "caller", "callee", 80).hops[-1]
    assert (last.where, last.passes) == ("answer: network ACL out of right", False)
    assert last.why == "rule 150 denies 10.0.0.0/16 port 40000"
