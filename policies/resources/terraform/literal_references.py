"""Connects resources that name each other by a literal value, as programs do that an import has written.

`bucket: "logs-1234"` means the bucket whose name, id or ARN that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from ..graph.values import Graph, Resource, Value
from .names import snake, terraform_names

NAMING = ("bucket", "clusterIdentifier", "functionName", "identifier", "name", "replicationGroupId")
"""Inputs that are the name by which others call a resource."""
_OUTPUTS = ("arn", "bucket", "id", "name", "url")
_SUFFIX = re.compile(r"_(arns?|ids?|names?|identifiers?|urls?|uris?)$")
_ANYTHING = frozenset({"resource", "resources", "target", "source", "destination"})
"""Attributes that may name a resource of any type."""
_ALIKE = {"alb": "lb", "alias": "key", "balancer": "lb", "db": "instance", "elb": "lb"}
_SHORTEST = 3


@cache
def may_refer(attribute: str, terraform_type: str) -> bool:
    """Whether an attribute may name a resource of a type, going by the last word of each."""
    stem = attribute
    while (shorter := _SUFFIX.sub("", stem)) != stem:
        stem = shorter
    last = stem.rpartition("_")[2]
    return last in _ANYTHING or _alike(last) == _alike(terraform_type.rpartition("_")[2])


def _alike(word: str) -> str:
    singular = word.removesuffix("s") if not word.endswith(("as", "ss")) else word
    return _ALIKE.get(singular, singular)


def connect_literals(graph: Graph) -> Graph:
    """The graph with references to the resources that inputs name by a literal value."""
    named = _named(graph)
    return replace(graph, resources=tuple(_connect(item, named) for item in graph.resources))


def _named(graph: Graph) -> Mapping[str, list[tuple[Resource, str]]]:
    """Resources with their Terraform types, by each text that names one."""
    found: dict[str, list[tuple[Resource, str]]] = {}
    for resource in graph.resources:
        kind = terraform_names().terraform_type(resource.token) if resource.of_aws else None
        if kind is not None:
            for text in set(_names_of(resource)):
                found.setdefault(text, []).append((resource, kind))
    return found


def _names_of(resource: Resource) -> Iterator[str]:
    candidates = (
        resource.id,
        *(resource.outputs.get(name) for name in _OUTPUTS),
        *(resource.inputs.get(name) for name in NAMING),
    )
    yield from (text for text in candidates if isinstance(text, str) and len(text) >= _SHORTEST)


def _connect(resource: Resource, named: Mapping[str, list[tuple[Resource, str]]]) -> Resource:
    if not resource.of_aws:
        return resource
    references = dict(resource.references)
    for name, value in resource.inputs.items():
        urns = {
            other.urn: None
            for inside, text in _texts(name, value)
            for other, kind in named.get(text, ())
            if other.urn != resource.urn and may_refer(snake(inside), kind)
        }
        if new := tuple(urn for urn in urns if urn not in references.get(name, ())):
            references[name] = (*references.get(name, ()), *new)
    return resource if references == resource.references else replace(resource, references=references)


def _texts(name: str, value: Value) -> Iterator[tuple[str, str]]:
    """Each text in a value, with the nearest name; secrets are no names."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for inside, item in value.items():
            yield from _texts(inside, item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(name, item)
