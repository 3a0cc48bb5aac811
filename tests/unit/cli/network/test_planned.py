"""The network that declarations and stack files plan."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.network.planned import plan_network
from cli.project import find_project
from components.declarations import load_services
from components.network.reachability import Topology, reach
from tests.support.paths import ROOT


def planned(environment: str) -> Topology:
    project = find_project(ROOT)
    return plan_network(project, environment, load_services(project.services))


@pytest.mark.parametrize("environment", ["dev", "sandbox"])
def test_the_line_reaches_as_it_is_declared(environment: str) -> None:
    """Orbit reaches Axon on its port and Axon not Orbit, nobody the internet, nor it anybody. NET-5, ZTN-1"""
    network = planned(environment)
    assert reach(network, "orbit", "axon", 8081).reachable
    assert reach(network, "load-balancer", "orbit", 8080).reachable
    assert not reach(network, "axon", "orbit", 8080).reachable
    for name in ("orbit", "axon", "load-balancer", "endpoints"):
        for port in (80, 443, 8080, 8081):
            assert not reach(network, name, "internet", port).reachable
            assert not reach(network, "internet", name, port).reachable


def test_zones_are_those_of_the_stack_file() -> None:
    """Each environment has its own settings."""
    assert len(planned("dev").subnets) == 9


def test_an_environment_without_stack_files_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(UsageError, match="nowhere"):
        planned("nowhere")
