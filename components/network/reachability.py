"""Whether one end of the network reaches another on a TCP port, and whether the answer comes back. NET-5.

Pure, over a topology of subnets, routes, ACLs and security groups, planned (topology.py) or read from AWS.
The order is AWS's: the sender's group, its route, the ACL of each subnet whose edge a packet passes, and the
receiver's group. A group keeps state, so it lets the answer pass; an ACL does not, and is asked again:
https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html

Where an end stands in several subnets, every pair of them has to work. Looked at is what lets packets pass,
and not whether a process listens, a name resolves or IAM agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from components.network.acl_plan import AclRule, Ports
from components.network.security_group_plan import Direction

INTERNET = "internet"
LOCAL = "local"
ALL_PORTS: Ports = (0, 65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Packets to a range go to a target: `local`, or the name of a gateway.

    `subnet` is where a NAT gateway stands: its subnet's edge is passed, too.
    """

    cidr: str
    target: str
    subnet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetView:
    """What decides about packets at the edge of a subnet."""

    name: str
    cidr: str
    acl: str
    routes: tuple[Route, ...]
    ingress: tuple[AclRule, ...]
    egress: tuple[AclRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """TCP on a range of ports is allowed from or to another group, or a range of addresses."""

    name: str
    direction: Direction
    ports: Ports
    group: str | None = None
    cidr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What opens connections or takes them: a service, the load balancer, the endpoints, or a range outside.

    `answers` are the ports that it takes answers on; `cidr` is the range of what stands in no subnet of ours.
    """

    name: str
    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    answers: Ports = (1024, 65535)
    cidr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """A network: its subnets, the rules of its security groups, and what stands in it, by name."""

    subnets: Mapping[str, SubnetView]
    groups: Mapping[str, tuple[GroupRule, ...]]
    ends: Mapping[str, End]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One decision on the way, or on the way back."""

    where: str
    passes: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """Whether a connection comes about; `hops` are of the first pair of subnets that fails, else the most."""

    hops: tuple[Hop, ...] = field(default_factory=tuple)

    @property
    def reachable(self) -> bool:
        """Whether every decision lets it pass, there and back."""
        return bool(self.hops) and all(hop.passes for hop in self.hops)


def reach(topology: Topology, source: str, target: str, port: int) -> Reachability:
    """Whether `source` can open a TCP connection to `target`; raises KeyError for an unknown end."""
    sender, receiver = topology.ends[source], topology.ends[target]
    most = Reachability()
    for here in _places(topology, sender):
        for there in _places(topology, receiver):
            way = _Way(topology, sender, receiver, here, there)
            found = Reachability(hops=tuple(_until_refused(way.hops(port))))
            if not found.reachable:
                return found
            most = max(most, found, key=lambda each: len(each.hops))
    return most


def decide(rules: Iterable[AclRule], cidr: str, ports: Ports) -> tuple[bool, str]:
    """Whether an ACL's rules allow each address of a range and each of its ports, and which one decides.

    The rule with the lowest number that matches a packet decides; what none matches is denied.
    """
    pending, decisive = [(IPv4Network(cidr), ports)], "no rule allows it: denied by default"
    for rule in sorted(rules):
        rest: list[tuple[IPv4Network, Ports]] = []
        for network, wanted in pending:
            left = list(_without(network, wanted, rule))
            if left == [(network, wanted)]:
                rest += left
            elif not rule.allow:
                return (
                    False,
                    f"rule {rule.number} denies {rule.cidr} {_shown((rule.from_port, rule.to_port))}",
                )
            else:
                decisive = f"rule {rule.number} allows {rule.cidr} {_shown((rule.from_port, rule.to_port))}"
                rest += left
        pending = rest
    if not pending:
        return True, decisive
    network, wanted = pending[0]
    return False, f"no rule allows {network} {_shown(wanted)}: denied by default"


def _without(network: IPv4Network, ports: Ports, rule: AclRule) -> Iterator[tuple[IPv4Network, Ports]]:
    """The packets that a rule does not match."""
    ruled = IPv4Network(rule.cidr)
    first, last = max(ports[0], rule.from_port), min(ports[1], rule.to_port)
    if first > last or not network.overlaps(ruled):
        yield network, ports
        return
    inside = network
    if not network.subnet_of(ruled):
        inside = ruled
        for other in network.address_exclude(ruled):
            yield other, ports
    if ports[0] < first:
        yield inside, (ports[0], first - 1)
    if last < ports[1]:
        yield inside, (last + 1, ports[1])


def _shown(ports: Ports) -> str:
    return f"port {ports[0]}" if ports[0] == ports[1] else f"ports {ports[0]}-{ports[1]}"


def _places(topology: Topology, end: End) -> Sequence[SubnetView | None]:
    return [topology.subnets[name] for name in end.subnets] or [None]


def _until_refused(hops: Iterable[Hop]) -> Iterator[Hop]:
    for hop in hops:
        yield hop
        if not hop.passes:
            return


@dataclass(frozen=True, slots=True)
class _Way:
    """From one end in one subnet to another; None is outside of the network."""

    topology: Topology
    sender: End
    receiver: End
    here: SubnetView | None
    there: SubnetView | None

    def hops(self, port: int) -> Iterator[Hop]:
        """Every decision, in order."""
        ports = (port, port)
        yield from self._group(self.sender, Direction.EGRESS, self.receiver, self._receiver_range, ports)
        yield from self._edges(self.here, self.there, self._sender_range, self._receiver_range, ports, "")
        yield from self._group(self.receiver, Direction.INGRESS, self.sender, self._sender_range, ports)
        yield from self._edges(
            self.there, self.here, self._receiver_range, self._sender_range, self.sender.answers, "answer: "
        )

    @property
    def _sender_range(self) -> str:
        return self.here.cidr if self.here else self.sender.cidr or "0.0.0.0/0"

    @property
    def _receiver_range(self) -> str:
        return self.there.cidr if self.there else self.receiver.cidr or "0.0.0.0/0"

    def _group(self, end: End, direction: Direction, peer: End, cidr: str, ports: Ports) -> Iterator[Hop]:
        """What the groups of an end say; what is outside has none of ours."""
        if not end.subnets:
            return
        where = f"security group of {end.name}, {direction}"
        for group in end.groups:
            for rule in self.topology.groups.get(group, ()):
                if rule.direction is direction and _matches(rule, peer, cidr, ports):
                    yield Hop(where=where, passes=True, why=rule.name)
                    return
        yield Hop(where=where, passes=False, why=f"no rule for {peer.name} on {_shown(ports)}")

    def _edges(
        self,
        left: SubnetView | None,
        entered: SubnetView | None,
        sender: str,
        receiver: str,
        ports: Ports,
        label: str,
    ) -> Iterator[Hop]:
        """The route out of one subnet, and the ACL of each that a packet leaves or enters."""
        if left is not None and left is entered:
            return
        if left is not None:
            yield from self._leave(left, sender, receiver, ports, label)
        if entered is not None:
            if left is None:
                yield from self._come_in(entered, sender, label)
            passes, why = decide(entered.ingress, sender, ports)
            yield Hop(where=f"{label}network ACL into {entered.name}", passes=passes, why=why)

    def _leave(self, left: SubnetView, sender: str, receiver: str, ports: Ports, label: str) -> Iterator[Hop]:
        route = _route(left, receiver)
        where = f"{label}route out of {left.name}"
        if route is None:
            yield Hop(where=where, passes=False, why=f"no route to {receiver}")
            return
        yield Hop(where=where, passes=True, why=f"{route.cidr} to {route.target}")
        passes, why = decide(left.egress, receiver, ports)
        yield Hop(where=f"{label}network ACL out of {left.name}", passes=passes, why=why)
        if route.subnet is not None and route.subnet in self.topology.subnets:
            gateway = self.topology.subnets[route.subnet]
            passes, why = decide(gateway.ingress, sender, ports)
            yield Hop(where=f"{label}network ACL into {gateway.name}", passes=passes, why=why)
            passes, why = decide(gateway.egress, receiver, ports)
            yield Hop(where=f"{label}network ACL out of {gateway.name}", passes=passes, why=why)

    def _come_in(self, entered: SubnetView, sender: str, label: str) -> Iterator[Hop]:
        """From outside a packet comes in where a route leads back to its sender, but never through NAT."""
        route = _route(entered, sender)
        where = f"{label}way into {entered.name}"
        # an answer comes in the way that its question went out, through NAT, too
        passes = route is not None and (bool(label) or route.subnet is None)
        why = f"by {route.target}" if passes and route else f"nothing outside reaches it from {sender}"
        yield Hop(where=where, passes=passes, why=why)


def _matches(rule: GroupRule, peer: End, cidr: str, ports: Ports) -> bool:
    if not (rule.ports[0] <= ports[0] and ports[1] <= rule.ports[1]):
        return False
    if rule.group is not None:
        return rule.group in peer.groups
    return rule.cidr is not None and IPv4Network(cidr).subnet_of(IPv4Network(rule.cidr))


def _route(subnet: SubnetView, receiver: str) -> Route | None:
    """The most specific route to a whole range."""
    network = IPv4Network(receiver)
    fitting = [route for route in subnet.routes if network.subnet_of(IPv4Network(route.cidr))]
    return max(fitting, key=lambda route: IPv4Network(route.cidr).prefixlen, default=None)
