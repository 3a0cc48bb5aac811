"""What the router reads of load balancers, services and security groups."""

from __future__ import annotations

from sandbox.cloud.router.actions import FixedResponse, Forward
from sandbox.cloud.router.conditions import PathPattern
from sandbox.cloud.router.reader import RoutingTableReader
from sandbox.cloud.router.security import ConnectionPeer
from sandbox.cloud.router.table import RoutingTable
from tests.support.emulated_aws import EmulatedAws

NO_ROUTE = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no"}


def test_without_load_balancers_and_services_nothing_is_read(aws: EmulatedAws) -> None:
    """Security groups matter only to what could connect; EC2, which is slow to load, is not asked."""

    def without_ec2(service: str) -> object:
        assert service != "ec2"
        return aws(service)

    aws.network()
    assert RoutingTableReader(without_ec2).table() == RoutingTable()


def test_a_load_balancer_is_read_with_its_rules_in_order(aws: EmulatedAws) -> None:
    """Rules come by priority and the default one last; the peer is known by its groups and networks."""
    network, elbv2 = aws.network(), aws("elbv2")
    second = aws("ec2").create_subnet(VpcId=network["vpc"], CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    arn = elbv2.create_load_balancer(
        Name="internal", Subnets=[network["subnet"], second], SecurityGroups=[network["group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "9"}]
    )
    group = elbv2.create_target_group(Name="g", Protocol="HTTP", Port=1, VpcId=network["vpc"])
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    listener = elbv2.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": NO_ROUTE}],
    )["Listeners"][0]["ListenerArn"]
    for priority, path in ((20, "/b"), (10, "/a")):
        elbv2.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group_arn}],
        )
    table = RoutingTableReader(aws).table()
    balancer = table.load_balancers[arn]
    assert balancer.peer == ConnectionPeer(
        groups=frozenset({network["group"]}), networks=("10.0.0.0/24", "10.0.1.0/24")
    )
    assert (balancer.name, balancer.idle_timeout) == ("internal", 9)
    (read,) = balancer.listeners
    assert [(rule.conditions, rule.action) for rule in read.rules] == [
        ((PathPattern(("/a",)),), Forward(groups=((group_arn, 1),))),
        ((PathPattern(("/b",)),), Forward(groups=((group_arn, 1),))),
        ((), FixedResponse(status=404, content_type="text/plain", body="no")),
    ]
    assert table.entry == (arn, listener)


def test_a_service_is_read_with_its_side_of_a_connection(aws: EmulatedAws) -> None:
    """It is known by its security group, and by the networks that its subnets give it an address from."""
    aws.service("axon", aws.define("axon"))
    table = RoutingTableReader(aws).table()
    service = table.services["test/axon"]
    assert service.peer.networks == ("10.0.0.0/24",)
    assert service.peer.groups <= table.security.groups.keys()
    assert service.namespace is None
    assert table.peer("test/axon") == service.peer
