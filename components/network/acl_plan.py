"""What may pass the edge of each subnet: network ACL rules derived from the call graph. NET-3.

An ACL keeps no state, so each opening is two pairs of rules: out of the opener's tier and into the other's on
the port, and back on the ports that the opener's side takes answers on. Nothing is denied but by default, so
the order of rules decides nothing. An ACL can not tell an answer from a call to a high port: the security
groups, which keep state, do that (security_group_plan.py).

The addresses of a gateway endpoint (S3, DynamoDB) can not be named here: 443 is open to any address, and
without a NAT gateway no route leads there but the endpoint's. AWS's resolver, task metadata and time are not
filtered: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.declarations import Services
from components.errors import ComponentError
from components.network.security_group_plan import HTTPS, Direction
from components.network.subnet_plan import SubnetTier, tier_ranges

ANYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)
"""The ports that answers to any client come back on; load balancers and NAT gateways use them all.
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html"""
TASK_EPHEMERAL = (32768, 60999)
"""Those of a Fargate task: Linux's own range."""
MOST_RULES = 20
"""AWS's default quota of rules of an ACL in each direction, the last one that denies all not counted:
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls"""

Ports = tuple[int, int]


class AclPlanError(ComponentError):
    """The rules that the declarations need do not fit into an ACL."""

    bad_input = True


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AclRule:
    """TCP from or to a range of addresses on a range of ports; lower numbers are looked at first."""

    number: int
    cidr: str
    from_port: int
    to_port: int
    allow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AclPlan:
    """The rules of one tier's ACL; what none allows is denied."""

    ingress: tuple[AclRule, ...] = ()
    egress: tuple[AclRule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opening:
    """What opens connections, to what, on a port; `answers` are the ports that the opener takes answers on.

    Each end is a tier, or a range of addresses that no ACL of ours guards.
    """

    source: SubnetTier | str
    target: SubnetTier | str
    port: int
    answers: Ports


_Passage = tuple[SubnetTier, Direction, SubnetTier | str, Ports]
"""A tier, which way its edge is passed, what is at the other end, and the ports of where the packet goes."""


def plan_acls(
    services: Services,
    *,
    vpc_cidr: str,
    listener_ports: Sequence[int],
    client_ranges: Sequence[str] = (),
    nat: bool,
    test_port: int | None = None,
) -> Mapping[SubnetTier, AclPlan]:
    """The ACL of each tier; raises AclPlanError.

    `client_ranges` reach the load balancer, which stands in the private tier; empty means the VPC's range.
    With `nat` the private tier reaches the internet on 443 through the public one. `test_port` is of the
    listener for tests; the function that asks there stands in the private tier, too.
    """
    ranges = tier_ranges(vpc_cidr)
    openings = (
        *_of_clients(listener_ports, client_ranges or (vpc_cidr,)),
        *_of_services(services),
        *_of_tests(services, test_port),
    )
    passages = [passage for opening in openings for passage in _passages(opening)]
    wanted: defaultdict[tuple[SubnetTier, Direction, str], set[Ports]] = defaultdict(set)
    for tier, direction, peer, ports in (*passages, *(_through_nat() if nat else ())):
        cidr = ranges[peer] if isinstance(peer, SubnetTier) else peer
        wanted[tier, direction, cidr].add(ports)
    return {tier: _plan(tier, wanted) for tier in SubnetTier}


def _of_clients(ports: Sequence[int], ranges: Sequence[str]) -> Iterator[_Opening]:
    for port in ports:
        for cidr in ranges:
            yield _Opening(cidr, SubnetTier.PRIVATE, port, EPHEMERAL)


def _of_services(services: Services) -> Iterator[_Opening]:
    tiers = {service.name: SubnetTier(service.tier) for service in services.services}
    for service in services.services:
        own = tiers[service.name]
        if service.ingress is not None:
            yield _Opening(SubnetTier.PRIVATE, own, service.port, EPHEMERAL)
        yield _Opening(own, SubnetTier.ISOLATED, HTTPS, TASK_EPHEMERAL)  # the interface endpoints
        yield _Opening(own, ANYWHERE, HTTPS, TASK_EPHEMERAL)  # the gateway endpoints
    for edge in services.edges:
        port = services.get(edge.callee).port
        yield _Opening(tiers[edge.caller], tiers[edge.callee], port, TASK_EPHEMERAL)


def _of_tests(services: Services, test_port: int | None) -> Iterator[_Opening]:
    if test_port is not None:
        yield _Opening(SubnetTier.PRIVATE, SubnetTier.PRIVATE, test_port, EPHEMERAL)
    for service in services.services:
        if service.is_smoked_by_task:
            yield _Opening(SubnetTier.PRIVATE, SubnetTier(service.tier), service.port, EPHEMERAL)
            yield _Opening(SubnetTier.PRIVATE, SubnetTier.ISOLATED, HTTPS, EPHEMERAL)  # the endpoints


def _through_nat() -> Iterator[_Passage]:
    """From the private tier to the internet: a packet enters the public tier with the address of its sender,
    and leaves it with that of the gateway; its answer goes the same way back.
    """
    yield SubnetTier.PRIVATE, Direction.EGRESS, ANYWHERE, (HTTPS, HTTPS)
    yield SubnetTier.PUBLIC, Direction.INGRESS, SubnetTier.PRIVATE, (HTTPS, HTTPS)
    yield SubnetTier.PUBLIC, Direction.EGRESS, ANYWHERE, (HTTPS, HTTPS)
    yield SubnetTier.PUBLIC, Direction.INGRESS, ANYWHERE, EPHEMERAL
    yield SubnetTier.PUBLIC, Direction.EGRESS, SubnetTier.PRIVATE, TASK_EPHEMERAL
    yield SubnetTier.PRIVATE, Direction.INGRESS, ANYWHERE, TASK_EPHEMERAL


def _passages(opening: _Opening) -> Iterator[_Passage]:
    """Each edge of a tier that a connection passes, there and back."""
    port = (opening.port, opening.port)
    if isinstance(opening.source, SubnetTier):
        yield opening.source, Direction.EGRESS, opening.target, port
        yield opening.source, Direction.INGRESS, opening.target, opening.answers
    if isinstance(opening.target, SubnetTier):
        yield opening.target, Direction.INGRESS, opening.source, port
        yield opening.target, Direction.EGRESS, opening.source, opening.answers


def _plan(tier: SubnetTier, wanted: Mapping[tuple[SubnetTier, Direction, str], set[Ports]]) -> AclPlan:
    rules = {
        direction: _numbered(
            {cidr: ports for (owner, way, cidr), ports in wanted.items() if (owner, way) == (tier, direction)}
        )
        for direction in Direction
    }
    for direction, found in rules.items():
        if len(found) > MOST_RULES:
            raise AclPlanError(
                f"the network ACL of the {tier} tier needs {len(found)} {direction} rules, and AWS takes "
                f"{MOST_RULES}",
                hint="give services neighbouring ports: each run of them is one rule; or fewer client ranges",
            )
    return AclPlan(ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS])


def _numbered(by_range: Mapping[str, Iterable[Ports]]) -> tuple[AclRule, ...]:
    """A hundred numbers for each range of addresses, so that one more rule moves few others."""
    ordered = sorted(by_range, key=lambda cidr: (IPv4Network(cidr).prefixlen, cidr), reverse=True)
    return tuple(
        AclRule(number=100 * (place + 1) + step, cidr=cidr, from_port=first, to_port=last)
        for place, cidr in enumerate(ordered)
        for step, (first, last) in enumerate(merged(by_range[cidr]))
    )


def merged(ports: Iterable[Ports]) -> tuple[Ports, ...]:
    """Ranges that overlap or touch, as one."""
    found: list[Ports] = []
    for first, last in sorted(ports):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)
