"""Who reaches whom on which port, as a set, to compare networks by."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from components.declarations import Services
from components.network.reachability import Topology, reach
from components.network.security_group_plan import ENDPOINTS, HTTPS, LOAD_BALANCER

Matrix = frozenset[tuple[str, str, int]]
OTHER_PORTS = (22, 80, 443, 3389, 8443)
"""Ports that are asked about beside those of services, whether anything uses them or not."""


def asked_ports(services: Services) -> tuple[int, ...]:
    """Every port that something may be reached on, and some that nothing is."""
    return (*OTHER_PORTS, *(service.port for service in services.services))


def matrix(topology: Topology, ports: Iterable[int]) -> Matrix:
    """Every source, target and port of a connection that comes about, answer included."""
    return frozenset(
        (source, target, port)
        for source, target, port in product(topology.ends, topology.ends, tuple(ports))
        if source != target and reach(topology, source, target, port).reachable
    )


def declared_matrix(services: Services) -> Matrix:
    """What the declarations ask for, without what tests releases."""
    return frozenset(
        {(edge.caller, edge.callee, services.get(edge.callee).port) for edge in services.edges}
        | {(LOAD_BALANCER, one.name, one.port) for one in services.services if one.ingress}
        | {(name, ENDPOINTS, HTTPS) for name in services.names}
    )
