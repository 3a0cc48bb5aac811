"""Writes the blocks of docs/network.md from the plan. `python -m tests.support.documents.network` does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from cli.network.planned import plan_network
from cli.project import find_project
from components.declarations import load_services
from components.network.acl_plan import AclRule
from components.network.reachability import Topology
from components.network.subnet_plan import SubnetTier
from tests.support.documents.blocks import filled
from tests.support.network.matrix import asked_ports, matrix
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "network.md"
ENVIRONMENT = "dev"
_ORDER = (SubnetTier.PUBLIC, SubnetTier.PRIVATE, SubnetTier.ISOLATED)


def page() -> str:
    """The page as it should be."""
    topology = _topology()
    return filled(
        PAGE.read_text(encoding="utf-8"),
        {
            "topology": "\n".join(_drawn(topology)),
            "groups": "\n".join(_groups(topology)),
            "acls": "\n".join(_acls(topology)),
            "matrix": "\n".join(_matrix(topology)),
        },
    )


@cache
def _topology() -> Topology:
    project = find_project(ROOT)
    return plan_network(project, ENVIRONMENT, load_services(project.services))


def _drawn(topology: Topology) -> Iterator[str]:
    """A box for the VPC, a box in it for each tier, from the way out to those that have none."""
    tiers = [list(_tier(topology, tier)) for tier in _ORDER]
    width = max(len(line) for tier in tiers for line in tier) + 2
    edge = f"+{'-' * (width + 4)}+"
    yield "```"
    yield f"{'the internet':^{width + 6}}".rstrip()
    yield f"{'|':^{width + 6}}".rstrip()
    yield edge.replace("-" * 22, "-- internet gateway ---", 1)[: len(edge) - 1] + "+"
    for tier in tiers:
        yield f"| +{'-' * width}+ |"
        yield from (f"| | {line:<{width - 2}} | |" for line in tier)
        yield f"| +{'-' * width}+ |"
    yield edge
    yield "```"


def _tier(topology: Topology, tier: SubnetTier) -> Iterator[str]:
    subnets = [view for view in topology.subnets.values() if view.acl == tier.value]
    ways = sorted({route.target for view in subnets for route in view.routes} - {"local"})
    inside = sorted(end.name for end in topology.ends.values() if subnets[0].name in end.subnets)
    yield f"{tier.value}: out by {' or '.join(ways)}" if ways else f"{tier.value}: no way out"
    yield "  " + "   ".join(f"{view.name.rpartition('-')[2]} {view.cidr}" for view in subnets)
    yield f"  {', '.join(inside)}" if inside else "  NAT gateways"


def _groups(topology: Topology) -> Iterator[str]:
    yield "| group | way | peer | port |\n|---|---|---|---|"
    for group, rules in sorted(topology.groups.items()):
        for rule in sorted(rules, key=lambda one: (one.direction, one.name)):
            yield f"| {group} | {rule.direction} | {rule.group or rule.cidr} | {_ports(*rule.ports)} |"


def _acls(topology: Topology) -> Iterator[str]:
    yield "| tier | way | number | range | ports |\n|---|---|---|---|---|"
    for tier in _ORDER:
        view = next(one for one in topology.subnets.values() if one.acl == tier.value)
        yield from _acl(tier, "ingress", view.ingress)
        yield from _acl(tier, "egress", view.egress)


def _acl(tier: SubnetTier, way: str, rules: Sequence[AclRule]) -> Iterator[str]:
    for rule in sorted(rules):
        ports = _ports(rule.from_port, rule.to_port)
        yield f"| {tier} | {way} | {rule.number} | {rule.cidr} | {ports} |"
    if not rules:
        yield f"| {tier} | {way} | | | none |"


def _ports(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _matrix(topology: Topology) -> Iterator[str]:
    project = find_project(ROOT)
    found = matrix(topology, asked_ports(load_services(project.services)))
    names = sorted(topology.ends)
    yield f"| from \\ to | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for source in names:
        cells = [
            ", ".join(
                str(port) for port in sorted({port for by, to, port in found if (by, to) == (source, target)})
            )
            for target in names
        ]
        yield f"| {source} | {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
