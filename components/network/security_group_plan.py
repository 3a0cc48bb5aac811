"""Who may open a connection to whom: security group rules derived from the call graph. NET-4.

    clients        -> load balancer   the listener's ports
    load balancer  -> service         its port, where it declares ingress
    caller         -> callee          the callee's port, where it declares the call
    service        -> endpoints       443, every AWS API
    service        -> S3 (gateway)    443, image layers, by prefix list: a gateway endpoint has no group
    service        -> DynamoDB        the same, for a service that records deeds
    rollout        -> load balancer   the listener for tests
    rollout        -> service         its port, where its tasks are tested one by one
    rollout        -> endpoints       443, to find those tasks

Each opening is two rules, egress at one end and ingress at the other. Nothing else is open. No service has
egress to the internet: the endpoints cover every API that it uses, and workloads that will need the private
tier's NAT route will have to declare it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components.declarations import Services
from components.naming import ROLLOUT

LOAD_BALANCER = "load-balancer"
ENDPOINTS = "endpoints"
HTTPS = 443


class Direction(StrEnum):
    """Which way a connection is opened, seen from the group."""

    INGRESS = "ingress"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class GroupPeer:
    """Members of another security group."""

    group: str


@dataclass(frozen=True, slots=True)
class RangePeer:
    """An address range; None is the VPC's own."""

    cidr: str | None


@dataclass(frozen=True, slots=True)
class PrefixListPeer:
    """The addresses of an AWS service behind a gateway endpoint, by its short name."""

    service: str


Peer = GroupPeer | RangePeer | PrefixListPeer


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRulePlan:
    """One TCP port opened between `group` and `peer`; `name` is unique in the plan."""

    name: str
    group: str
    direction: Direction
    peer: Peer
    port: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupPlan:
    """A security group to make; `service` is None for the load balancer's."""

    name: str
    purpose: str
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPlan:
    """The groups to make and every rule."""

    groups: tuple[SecurityGroupPlan, ...]
    rules: tuple[SecurityGroupRulePlan, ...]


def plan_access(
    services: Services,
    *,
    listener_ports: Sequence[int],
    client_ranges: Sequence[str],
    test_port: int | None = None,
) -> AccessPlan:
    """Groups for the load balancer, the function that tests releases, and each service; rules also for the
    endpoints' group, made elsewhere.

    `client_ranges` may reach the load balancer; empty means the VPC's own range. `test_port` is of the
    listener for tests, None if there is none.
    """
    groups = (
        SecurityGroupPlan(name=LOAD_BALANCER, purpose="private load balancer"),
        SecurityGroupPlan(name=ROLLOUT, purpose="tests new releases"),
        *(SecurityGroupPlan(name=name, purpose=f"tasks of {name}", service=name) for name in services.names),
    )
    rules = (
        *_rules_for_clients(listener_ports, client_ranges or (None,)),
        *_rules_for_ingress(services),
        *_rules_for_calls(services),
        *_rules_for_aws(services),
        *_rules_for_tests(services, test_port),
    )
    return AccessPlan(groups=groups, rules=rules)


def _rules_for_clients(ports: Sequence[int], ranges: Sequence[str | None]) -> Iterator[SecurityGroupRulePlan]:
    for port in ports:
        for cidr in ranges:
            source = cidr or "vpc"
            yield SecurityGroupRulePlan(
                name=f"{source.replace('/', '-')}-to-{LOAD_BALANCER}-{port}",
                group=LOAD_BALANCER,
                direction=Direction.INGRESS,
                peer=RangePeer(cidr),
                port=port,
                description=f"clients in {source}",
            )


def _rules_for_ingress(services: Services) -> Iterator[SecurityGroupRulePlan]:
    for service in services.services:
        if service.ingress is not None:
            yield from _rules_between(LOAD_BALANCER, service.name, service.port)


def _rules_for_calls(services: Services) -> Iterator[SecurityGroupRulePlan]:
    for edge in services.edges:
        yield from _rules_between(edge.caller, edge.callee, services.get(edge.callee).port)


def _rules_for_aws(services: Services) -> Iterator[SecurityGroupRulePlan]:
    for service in services.services:
        yield from _rules_between(service.name, ENDPOINTS, HTTPS)
        yield _rule_to_gateway(service.name, "s3", "image layers through the gateway endpoint")
        if service.does_deeds:
            yield _rule_to_gateway(service.name, "dynamodb", "records of deeds through the gateway endpoint")


def _rules_for_tests(services: Services, test_port: int | None) -> Iterator[SecurityGroupRulePlan]:
    if test_port is not None:
        yield from _rules_between(ROLLOUT, LOAD_BALANCER, test_port)
    asked = [service for service in services.services if service.is_smoked_by_task]
    for service in asked:
        yield from _rules_between(ROLLOUT, service.name, service.port)
    if asked:
        yield from _rules_between(ROLLOUT, ENDPOINTS, HTTPS)


def _rule_to_gateway(service: str, gateway: str, description: str) -> SecurityGroupRulePlan:
    return SecurityGroupRulePlan(
        name=f"{service}-to-{gateway}-{HTTPS}",
        group=service,
        direction=Direction.EGRESS,
        peer=PrefixListPeer(gateway),
        port=HTTPS,
        description=description,
    )


def _rules_between(source: str, target: str, port: int) -> Iterator[SecurityGroupRulePlan]:
    yield SecurityGroupRulePlan(
        name=f"{source}-to-{target}-{port}-out",
        group=source,
        direction=Direction.EGRESS,
        peer=GroupPeer(target),
        port=port,
        description=f"{source} to {target}",
    )
    yield SecurityGroupRulePlan(
        name=f"{source}-to-{target}-{port}-in",
        group=target,
        direction=Direction.INGRESS,
        peer=GroupPeer(source),
        port=port,
        description=f"{target} from {source}",
    )
