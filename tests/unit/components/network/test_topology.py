"""Who reaches whom in the network that declarations plan. NET-4, NET-5, ZTN-1"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.declarations import Services
from components.naming import ROLLOUT
from components.network.reachability import INTERNET, Topology, reach
from components.network.security_group_plan import ENDPOINTS, HTTPS, LOAD_BALANCER
from components.network.topology import planned_topology
from tests.support.recording.declarations import declared, minimal

NAMES = ("a", "b", "c", "d")
PORTS = {name: 9000 + 7 * number for number, name in enumerate(NAMES)}
Edges = frozenset[tuple[str, str]]


def network(services: Services, *, nat_gateways: int = 1, zones: tuple[str, ...] = ("a", "b")) -> Topology:
    return planned_topology(
        services, vpc_cidr="10.0.0.0/16", zones=zones, nat_gateways=nat_gateways, listener_ports=[443]
    )


@st.composite
def lines(draw: st.DrawFn) -> tuple[dict[str, str], Edges, frozenset[str]]:
    """Tiers, calls that a declaration may have (an isolated service calls isolated ones alone), doors."""
    tiers = {name: draw(st.sampled_from(["private", "isolated"])) for name in NAMES}
    possible = [
        (by, to)
        for by, to in product(NAMES, NAMES)
        if by != to and not (tiers[by] == "isolated" and tiers[to] == "private")
    ]
    edges = draw(st.frozensets(st.sampled_from(possible))) if possible else frozenset()
    doors = draw(
        st.frozensets(st.sampled_from([name for name in NAMES if tiers[name] == "private"] or ["-"]))
    )
    return tiers, edges, doors - {"-"}


@given(lines(), st.sampled_from([0, 1]))
def test_what_is_declared_is_reached_and_nothing_else(
    line: tuple[dict[str, str], Edges, frozenset[str]], nat_gateways: int
) -> None:
    """The whole matrix: services, load balancer, endpoints and internet, on every port that any one has."""
    tiers, edges, doors = line
    texts = {
        name: minimal(
            name,
            PORTS[name],
            tier=tiers[name],
            calls=tuple(sorted(to for by, to in edges if by == name)),
            more=f'[ingress]\npaths = ["/{name}"]\n' if name in doors else "",
        )
        for name in NAMES
    }
    with tempfile.TemporaryDirectory() as folder:
        services = declared(Path(folder), **texts)
    found = network(services, nat_gateways=nat_gateways)
    expected = (
        {(by, to, PORTS[to]) for by, to in edges}
        | {(LOAD_BALANCER, name, PORTS[name]) for name in doors}
        | {(name, ENDPOINTS, HTTPS) for name in NAMES}
    )
    ends, ports = (*NAMES, LOAD_BALANCER, ENDPOINTS, INTERNET), (*PORTS.values(), HTTPS)
    asked = {
        (by, to, port)
        for by, to, port in product(ends, ends, ports)
        if by != to and reach(found, by, to, port).reachable
    }
    assert asked == expected


@pytest.mark.parametrize("zones", [("a",), ("a", "b", "c")])
def test_in_however_many_zones(zones: tuple[str, ...], tmp_path: Path) -> None:
    """From each zone to each."""
    services = declared(tmp_path, a=minimal("a", 8080, calls=("b",)), b=minimal("b", 8081, tier="isolated"))
    found = network(services, zones=zones)
    assert reach(found, "a", "b", 8081).reachable
    assert not reach(found, "b", "a", 8080).reachable
    assert len(found.ends["a"].subnets) == len(zones)


def test_a_release_is_reached_by_its_test_before_clients(tmp_path: Path) -> None:
    """DEL-4: the function that tests reaches the test listener; a service does not."""
    services = declared(tmp_path, a=minimal("a", 8080, more='[ingress]\npaths = ["/a"]\n'))
    found = planned_topology(
        services, vpc_cidr="10.0.0.0/16", zones=("a",), nat_gateways=0, listener_ports=[443], test_port=8443
    )
    assert reach(found, ROLLOUT, LOAD_BALANCER, 8443).reachable
    assert not reach(found, ROLLOUT, LOAD_BALANCER, 443).reachable
    assert not reach(found, "a", LOAD_BALANCER, 8443).reachable
