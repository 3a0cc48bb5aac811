"""The network of every environment: as it is planned, and as the stacks register it. NET-4, NET-5, ZTN-1"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.network.planned import plan_network
from cli.project import find_project
from components.balancer.listener_plan import listener_for_tests, plan_listeners
from components.declarations import load_services
from components.naming import ROLLOUT
from components.network.acl_plan import AclRule
from components.network.reachability import INTERNET, SubnetView, Topology, reach
from components.network.security_group_plan import LOAD_BALANCER
from tests.support.network.matrix import Matrix, asked_ports, declared_matrix, matrix
from tests.support.network.registered import registered_topology
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS, recorded

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

SERVICES = load_services(ROOT / "services")
PORTS = asked_ports(SERVICES)


def planned(environment: str) -> Topology:
    return plan_network(find_project(ROOT), environment, SERVICES)


def expected(environment: str) -> Matrix:
    """What is declared, and the listener for tests, whose port follows from whether there is TLS."""
    listeners = plan_listeners(None if environment == "sandbox" else "a certificate")
    return declared_matrix(SERVICES) | {(ROLLOUT, LOAD_BALANCER, listener_for_tests(listeners).port)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_whole_matrix_is_what_is_declared(environment: str) -> None:
    """Services, load balancer, endpoints, the function that tests, the internet, on every port: declared
    calls, doors and ways to AWS are reached with their answers, and nothing else is; nobody reaches the
    internet, nor it anybody.
    """
    found = matrix(planned(environment), PORTS)
    assert found == expected(environment)
    assert not any(INTERNET in line for line in found)
    assert ("orbit", "axon", 8081) in found
    assert ("axon", "orbit", 8080) not in found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_the_stacks_register_is_what_is_planned(environment: str) -> None:
    """The resources that are handed to the engine, put together by their ids, have the plan's matrix: each
    ACL is at its tier's subnets, each route in its table, each group at who it is made for.
    """
    made = registered_topology(recorded(environment).values())
    assert set(made.ends) == set(planned(environment).ends)
    assert matrix(made, PORTS) == expected(environment)


def _without(topology: Topology, rule: AclRule, acl: str, way: str) -> Topology:
    """As it would be if one rule had been forgotten in every subnet with that ACL."""

    def forgotten(view: SubnetView) -> SubnetView:
        if view.acl != acl:
            return view
        if way == "ingress":
            return replace(view, ingress=tuple(one for one in view.ingress if one != rule))
        return replace(view, egress=tuple(one for one in view.egress if one != rule))

    subnets = {name: forgotten(view) for name, view in topology.subnets.items()}
    return replace(topology, subnets=subnets)


def _rules(topology: Topology) -> Iterator[tuple[SubnetView, str, AclRule]]:
    for acl in sorted({view.acl for view in topology.subnets.values()}):
        subnet = next(view for view in topology.subnets.values() if view.acl == acl)
        for way in ("ingress", "egress"):
            for rule in getattr(subnet, way):
                yield subnet, way, rule


@pytest.mark.parametrize(
    ("acl", "way", "port", "call"),
    [
        # HTTPS out is allowed, and no answer comes back
        ("private", "ingress", 40000, ("orbit", "endpoints", 443)),
        ("isolated", "ingress", 40000, ("axon", "endpoints", 443)),
        # the request is let in, and no answer goes out
        ("private", "egress", 40000, ("load-balancer", "orbit", 8080)),
        ("isolated", "egress", 40000, ("orbit", "axon", 8081)),
        ("isolated", "ingress", 8081, ("orbit", "axon", 8081)),
        ("private", "egress", 8081, ("orbit", "axon", 8081)),
    ],
)
def test_a_rule_that_is_forgotten_is_seen(acl: str, way: str, port: int, call: tuple[str, str, int]) -> None:
    """The published mistakes, in our own plan: high ports of answers forgotten on either side, or a port."""
    topology = planned("prod")
    assert reach(topology, *call).reachable
    for subnet, found, rule in _rules(topology):
        if subnet.acl == acl and found == way and rule.from_port <= port <= rule.to_port:
            topology = _without(topology, rule, acl, way)
    assert not reach(topology, *call).reachable


def test_a_denial_with_a_lower_number_is_seen() -> None:
    """The order of an ACL's rules decides: a denial before all others shuts what a later one allows."""
    topology = planned("prod")
    deny = AclRule(number=1, cidr="0.0.0.0/0", from_port=8081, to_port=8081, allow=False)
    first = {
        name: replace(view, ingress=(deny, *view.ingress)) if view.acl == "isolated" else view
        for name, view in topology.subnets.items()
    }
    last = {
        name: replace(view, ingress=(*view.ingress, replace(deny, number=32000)))
        for name, view in topology.subnets.items()
    }
    assert not reach(replace(topology, subnets=first), "orbit", "axon", 8081).reachable
    assert reach(replace(topology, subnets=last), "orbit", "axon", 8081).reachable
