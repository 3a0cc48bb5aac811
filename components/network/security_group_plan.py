"""Who may open a connection to whom: security group rules derived from the call graph. NET-4.

    clients        -> load balancer   the listener's ports
    load balancer  -> service         its port, where it declares ingress
    caller         -> callee          the callee's port, where it declares the call
    services       -> endpoints       443, every AWS API
    services       -> S3 (gateway)    443, image layers, by prefix list: a gateway endpoint has no group
    service        -> DynamoDB        the same, for a service that records deeds
    rollout        -> load balancer   the listener for tests
    rollout        -> service         its port, where its tasks are tested one by one
    rollout        -> endpoints       443, to find those tasks

Each opening is two rules, egress at one end and ingress at the other. Nothing else is open. What all services
have in common are rules of one group that every task is in beside its own, `SERVICES`. A group names each of
its peers up to `MOST_PEERS`; of more, one end names `SERVICES` in their place, and the other end alone tells
them apart: AWS takes 60 rules a group. No service has
egress to the internet: the endpoints cover every API that it uses, and workloads that will need the private
tier's NAT route will have to declare it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from components.declarations import ServiceDeclaration, Services
from components.naming import ROLLOUT

LOAD_BALANCER = "load-balancer"
ENDPOINTS = "endpoints"
SERVICES = "every-service"
"""The group that every task is in."""
HTTPS = 443
MOST_PEERS = 40
"""Peers that a group names one by one."""


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
    """A TCP port, or all up to `last_port`, opened between two groups; `name` is unique in the plan."""

    name: str
    group: str
    direction: Direction
    peer: Peer
    port: int
    last_port: int = 0
    description: str

    @property
    def ports(self) -> tuple[int, int]:
        """The first and the last port."""
        return self.port, self.last_port or self.port


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
        SecurityGroupPlan(name=SERVICES, purpose="tasks of every service"),
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
    return _rules_to_many(LOAD_BALANCER, [one for one in services.services if one.ingress is not None])


def _rules_for_calls(services: Services) -> Iterator[SecurityGroupRulePlan]:
    for service in services.services:
        for callee in services.callees_of(service.name):
            yield _rule_out(service.name, callee, services.get(callee).port)
        callers = services.callers_of(service.name)
        for caller in callers if len(callers) <= MOST_PEERS else (SERVICES,):
            yield _rule_in(caller, service.name, service.port)


def _rules_for_aws(services: Services) -> Iterator[SecurityGroupRulePlan]:
    yield _rule_out(SERVICES, ENDPOINTS, HTTPS)
    yield _rule_in(SERVICES, ENDPOINTS, HTTPS)
    yield _rule_to_gateway(SERVICES, "s3", "image layers through the gateway endpoint")
    for service in services.services:
        if service.does_deeds:
            yield _rule_to_gateway(service.name, "dynamodb", "records of deeds through the gateway endpoint")


def _rules_for_tests(services: Services, test_port: int | None) -> Iterator[SecurityGroupRulePlan]:
    if test_port is not None:
        yield from _rules_between(ROLLOUT, LOAD_BALANCER, test_port)
    asked = [service for service in services.services if service.is_smoked_by_task]
    yield from _rules_to_many(ROLLOUT, asked)
    if asked:
        yield from _rules_between(ROLLOUT, ENDPOINTS, HTTPS)


def _rules_to_many(source: str, targets: Sequence[ServiceDeclaration]) -> Iterator[SecurityGroupRulePlan]:
    """Each target lets the source in; the source names each of them, or the group of all."""
    for target in targets:
        yield _rule_in(source, target.name, target.port)
    if len(targets) <= MOST_PEERS:
        for target in targets:
            yield _rule_out(source, target.name, target.port)
    else:
        ports = [target.port for target in targets]
        rule = _rule_out(source, SERVICES, min(ports))
        yield replace(rule, last_port=max(ports), description=f"{source} to those that let it in")


def _rules_between(source: str, target: str, port: int) -> Iterator[SecurityGroupRulePlan]:
    yield _rule_out(source, target, port)
    yield _rule_in(source, target, port)


def _rule_to_gateway(service: str, gateway: str, description: str) -> SecurityGroupRulePlan:
    return SecurityGroupRulePlan(
        name=f"{service}-to-{gateway}-{HTTPS}",
        group=service,
        direction=Direction.EGRESS,
        peer=PrefixListPeer(gateway),
        port=HTTPS,
        description=description,
    )


def _rule_out(source: str, target: str, port: int) -> SecurityGroupRulePlan:
    return SecurityGroupRulePlan(
        name=f"{source}-to-{target}-{port}-out",
        group=source,
        direction=Direction.EGRESS,
        peer=GroupPeer(target),
        port=port,
        description=f"{source} to {target}",
    )


def _rule_in(source: str, target: str, port: int) -> SecurityGroupRulePlan:
    return SecurityGroupRulePlan(
        name=f"{source}-to-{target}-{port}-in",
        group=target,
        direction=Direction.INGRESS,
        peer=GroupPeer(source),
        port=port,
        description=f"{target} from {source}",
    )
