"""The network that stacks register with the engine, for the questions that are asked of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from components.naming import ROLLOUT
from components.network.acl_plan import TASK_EPHEMERAL, AclRule
from components.network.reachability import INTERNET, LOCAL, End, GroupRule, Route, SubnetView, Topology
from components.network.security_group_plan import ENDPOINTS, LOAD_BALANCER, Direction
from components.network.topology import EVERYWHERE
from tests.support.recording.recorder import Graph, Recorded

_RULES = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Direction.INGRESS,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Direction.EGRESS,
}


def registered_topology(graphs: Iterable[Graph]) -> Topology:
    """The subnets, routes, ACLs, groups and ends of all layers; ids are those that the recorder gives."""
    made = _Made(graphs)
    return Topology(subnets=made.subnets(), groups=made.groups(), ends={one.name: one for one in made.ends()})


class _Made:
    def __init__(self, graphs: Iterable[Graph]) -> None:
        self._all = [one for graph in graphs for one in graph.custom]
        self._nat = {f"natgateway-{one.name}": one.inputs["subnetId"] for one in self._of("NatGateway")}

    def _of(self, kind: str) -> Iterator[Recorded]:
        return (one for one in self._all if one.type.endswith(f":{kind}"))

    def subnets(self) -> dict[str, SubnetView]:
        """By their ids."""
        (vpc,) = self._of("Vpc")
        tables = {
            one.inputs["subnetId"]: one.inputs["routeTableId"] for one in self._of("RouteTableAssociation")
        }
        acls = {subnet: acl for acl in self._of("NetworkAcl") for subnet in acl.inputs["subnetIds"]}
        found = {}
        for one in self._of("Subnet"):
            id_ = f"subnet-{one.name}"
            found[id_] = SubnetView(
                name=id_,
                cidr=one.inputs["cidrBlock"],
                acl=acls[id_].name,
                routes=(
                    Route(cidr=vpc.inputs["cidrBlock"], target=LOCAL),
                    *self._routes(tables[id_]),
                ),
                ingress=_acl_rules(acls[id_].inputs["ingress"]),
                egress=_acl_rules(acls[id_].inputs["egress"]),
            )
        return found

    def _routes(self, table: str) -> Iterator[Route]:
        for one in self._of("Route"):
            if one.inputs["routeTableId"] == table:
                gateway = one.inputs.get("natGatewayId")
                yield Route(
                    cidr=one.inputs["destinationCidrBlock"],
                    target=gateway or one.inputs["gatewayId"],
                    subnet=self._nat[gateway] if gateway else None,
                )

    def groups(self) -> dict[str, tuple[GroupRule, ...]]:
        """By their ids; rules of prefix lists are left out, as in the plan."""
        found: dict[str, list[GroupRule]] = {}
        for one in self._all:
            if one.type in _RULES and "prefixListId" not in one.inputs:
                rule = GroupRule(
                    name=one.name,
                    direction=_RULES[one.type],
                    ports=(one.inputs["fromPort"], one.inputs["toPort"]),
                    group=one.inputs.get("referencedSecurityGroupId"),
                    cidr=one.inputs.get("cidrIpv4"),
                )
                found.setdefault(one.inputs["securityGroupId"], []).append(rule)
        return {id_: tuple(rules) for id_, rules in found.items()}

    def ends(self) -> Iterator[End]:
        """What stands in the network, where it says that it stands."""
        for one in self._of("Service"):
            network = one.inputs["networkConfiguration"]
            yield _end(one.name, network["securityGroups"], network["subnets"], answers=TASK_EPHEMERAL)
        for one in self._of("LoadBalancer"):
            yield _end(LOAD_BALANCER, one.inputs["securityGroups"], one.inputs["subnets"])
        for one in self._of("Function"):
            if one.name == ROLLOUT:
                network = one.inputs["vpcConfig"]
                yield _end(ROLLOUT, network["securityGroupIds"], network["subnetIds"])
        inside = [
            one.inputs for one in self._of("VpcEndpoint") if one.inputs["vpcEndpointType"] == "Interface"
        ]
        yield _end(
            ENDPOINTS,
            sorted(set(chain.from_iterable(one["securityGroupIds"] for one in inside))),
            sorted(set(chain.from_iterable(one["subnetIds"] for one in inside))),
        )
        yield End(name=INTERNET, cidr=EVERYWHERE)


def _end(name: str, groups: Sequence[str], subnets: Sequence[str], **more: Any) -> End:
    return End(name=name, groups=tuple(groups), subnets=tuple(subnets), **more)


def _acl_rules(given: Iterable[Mapping[str, Any]]) -> tuple[AclRule, ...]:
    return tuple(
        AclRule(
            number=one["ruleNo"],
            cidr=one["cidrBlock"],
            from_port=one["fromPort"],
            to_port=one["toPort"],
            allow=one["action"] == "allow",
        )
        for one in given
    )
