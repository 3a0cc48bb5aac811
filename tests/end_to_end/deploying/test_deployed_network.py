"""The network that is deployed, asked what the plan is asked. NET-5"""

from __future__ import annotations

from itertools import product

import pytest

from cli.network.deployed import read_network
from cli.network.planned import plan_network
from cli.project import find_project
from components.declarations import load_services
from components.network.reachability import reach
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]


def test_planned_and_deployed_agree(deployed: ProjectCopy) -> None:
    """For every two ends, on every port that one of them has; and something is reached, and something not."""
    project = find_project(deployed.root)
    planned = plan_network(project, "sandbox", load_services(project.services))
    there = read_network(deployed.world)
    assert set(there.ends) == set(planned.ends)
    assert {view.cidr for view in there.subnets.values()} == {view.cidr for view in planned.subnets.values()}
    verdicts = {}
    for source, target, port in product(planned.ends, planned.ends, (80, 443, 8080, 8081, 3389)):
        if source != target:
            asked = (reach(planned, source, target, port), reach(there, source, target, port))
            assert asked[0].reachable == asked[1].reachable, (source, target, port, asked)
            verdicts[source, target, port] = asked[0].reachable
    assert verdicts["orbit", "axon", 8081]
    assert {yes for yes, reached in verdicts.items() if reached} == {
        ("orbit", "axon", 8081),
        ("load-balancer", "orbit", 8080),
        ("orbit", "endpoints", 443),
        ("axon", "endpoints", 443),
        # asks a new release at the listener for tests
        ("rollout", "load-balancer", 8080),
    }


def test_what_somebody_opened_is_seen(deployed: ProjectCopy) -> None:
    """A rule added behind our back changes the answer of the deployed network alone, until it is gone."""
    ec2 = deployed.world.client("ec2")
    group = read_network(deployed.world).ends["axon"].groups[0]
    rule = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=rule)
    try:
        found = reach(read_network(deployed.world), "axon", "internet", 22)
    finally:
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=rule)
    assert [hop.passes for hop in found.hops] == [True, False]
    assert found.hops[-1].why == "no route to 0.0.0.0/0"


def test_the_command_asks_what_is_there(deployed: ProjectCopy) -> None:
    """With --deployed, and says so."""
    document = deployed.myelin("graph", "reach", "orbit", "axon", "--deployed").document
    assert (document["reachable"], document["deployed"], document["port"]) == (True, True, 8081)
