"""Puts the networks of a managed prefix list in the place of its id, in security-group rules that name it.

A list that is not in the graph, or not known whole, stays: what it holds stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..graph.values import UNKNOWN, Graph, Resource, reveal
from ..terraform.names import terraform_names
from .openings import RULES

_LIST = "aws_ec2_managed_prefix_list"
_ENTRY = "aws_ec2_managed_prefix_list_entry"
_NAMING = ("prefixListId", "prefixListIds")
_OLDER = "aws_security_group_rule"
_TARGETS = {True: ("cidrBlocks", "ipv6CidrBlocks"), False: ("cidrIpv4", "cidrIpv6")}
"""Where networks stand in the older form of a rule, and in the newer ones."""


def with_networks(graph: Graph) -> Graph:
    """The graph with rules that have networks for lists; the graph itself where it may lack entries."""
    kinds = {item.urn: terraform_names().terraform_type(item.token) for item in graph.resources}
    lists = {
        item.urn: found
        for item in graph.resources
        if kinds[item.urn] == _LIST and (found := _networks(item, graph, kinds))
    }
    if graph.missing or not lists:
        return graph
    return replace(
        graph,
        resources=tuple(
            _resolved(item, lists, older=kinds[item.urn] == _OLDER) if kinds[item.urn] in RULES else item
            for item in graph.resources
        ),
    )


def _networks(item: Resource, graph: Graph, kinds: Mapping[str, str | None]) -> tuple[str, ...]:
    """Every network of a list; none where one of them is not known, or all stand elsewhere."""
    own = reveal(item.inputs.get("entries"))
    entries: list[Any] = own if isinstance(own, list) else [] if own is None else [own]
    separate = [
        reveal(dict(other.inputs))
        for other in graph.resources
        if kinds[other.urn] == _ENTRY and item.urn in other.references.get(_NAMING[0], ())
    ]
    found = [entry.get("cidr") if isinstance(entry, Mapping) else UNKNOWN for entry in (*entries, *separate)]
    return () if UNKNOWN in found else tuple(str(cidr) for cidr in found if cidr is not None)


def _resolved(item: Resource, lists: Mapping[str, tuple[str, ...]], *, older: bool) -> Resource:
    for name in _NAMING:
        targets = item.references.get(name, ())
        if name in item.inputs and targets and _names_only(item.inputs[name], targets, lists):
            inputs = {key: value for key, value in item.inputs.items() if key != name}
            for key, network in _placed([one for urn in targets for one in lists[urn]], older=older):
                inputs[key] = [*_listed(inputs.get(key)), network]
            outputs = {key: value for key, value in item.outputs.items() if key not in (name, *inputs)}
            item = replace(item, inputs=inputs, outputs=outputs)
    return item


def _names_only(value: Any, targets: tuple[str, ...], lists: Mapping[str, Any]) -> bool:
    """Whether a value names these lists, each known, and nothing else."""
    return all(urn in lists for urn in targets) and (
        reveal(value) is UNKNOWN or len(_listed(value)) == len(targets)
    )


def _placed(networks: list[str], *, older: bool) -> Iterator[tuple[str, str]]:
    version4, version6 = _TARGETS[older]
    for network in networks:
        yield (version6 if ":" in network else version4), network


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
