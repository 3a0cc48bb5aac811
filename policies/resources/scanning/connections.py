"""Says where a check of connected resources cannot see the connections.

Either the source leaves resources out, or an input that may name a resource is not known and does not come
from any resource of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..graph.values import UNKNOWN, Graph, Resource
from ..terraform.literal_references import NAMING, may_refer
from ..terraform.names import terraform_names
from ..terraform.schema import Kind, provider_schema
from ..terraform.unknowns import unknown_inputs
from .check_facts import CheckFacts

LEFT_OUT = "resources that it may be connected with are not in this file"
_REFERRING = (Kind.STRING, Kind.LIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """An input that may name another resource, without a word on which: not known, or a text by hand."""

    resource: Resource
    type: str
    attribute: str
    name: str

    def may_name(self, terraform_type: str) -> bool:
        """Whether it may name a resource of a type."""
        return terraform_type != self.type and may_refer(self.attribute, terraform_type)


class Connections:
    """What is not known of the connections in a graph."""

    def __init__(self, graph: Graph, types: Mapping[str, str]) -> None:
        """Take the Terraform types by URN."""
        self._missing = bool(graph.missing)
        self._strays = list(_strays(graph, types))
        self._named_by_hand = list(_named_by_hand(graph, types))

    def why_open(self, facts: CheckFacts, resource: Resource, terraform_type: str, *, passed: bool) -> str:
        """Why the verdict of a check hangs on connections that cannot be seen; empty if it does not."""
        if not facts.connected:
            return ""
        if self._missing:
            return LEFT_OUT
        if passed and facts.growing:
            # what it wants connected is there already
            return ""
        for stray in self._strays:
            if stray.type not in facts.connected:
                continue
            if stray.resource.urn == resource.urn and any(map(stray.may_name, facts.connected)):
                return f"`{stray.name}` is not known, so neither is what it is connected with"
            if stray.may_name(terraform_type):
                return f"`{stray.name}` of `{stray.resource.name}` is not known, and may mean this resource"
        return self._why_nameless(facts, resource, terraform_type)

    def _why_nameless(self, facts: CheckFacts, resource: Resource, terraform_type: str) -> str:
        """Why a resource whose own name is not known may be meant by one that gives a name by hand."""
        unknown = next((name for name in NAMING if resource.inputs.get(name) is UNKNOWN), "")
        for other in self._named_by_hand if unknown else ():
            if other.type in facts.connected and other.may_name(terraform_type):
                return f"`{unknown}` is not known, and `{other.name}` of `{other.resource.name}` may be it"
        return ""


def _named_by_hand(graph: Graph, types: Mapping[str, str]) -> Iterable[Stray]:
    """Inputs with a literal text that names no resource of the graph."""
    names, schema = terraform_names(), provider_schema()
    for resource in graph.resources if any(_nameless(item, types) for item in graph.resources) else ():
        kind = types.get(resource.urn)
        for name, value in resource.inputs.items() if kind else ():
            if kind is not None and isinstance(value, str) and not resource.references.get(name):
                attribute = names.attribute(resource.token, name, schema.resource(kind))
                if attribute is not None:
                    yield Stray(resource=resource, type=kind, attribute=attribute, name=name)


def _nameless(resource: Resource, types: Mapping[str, str]) -> bool:
    return resource.urn in types and any(resource.inputs.get(name) is UNKNOWN for name in NAMING)


def _strays(graph: Graph, types: Mapping[str, str]) -> Iterable[Stray]:
    names, schema = terraform_names(), provider_schema()
    for resource in graph.resources:
        kind = types.get(resource.urn)
        if kind is None:
            continue
        for item in unknown_inputs(resource, kind, names, schema):
            name = str(item.path[0])
            known = any(urn in types for urn in resource.references.get(name, ()))
            if not known and item.attribute.kind in _REFERRING:
                yield Stray(resource=resource, type=kind, attribute=item.top, name=name)
