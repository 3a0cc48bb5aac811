"""Makes the table of Pulumi's names for the types that checkov has checks for.

Run `python -m policies.resources.maintenance.pulumi_names`, with checkov and pulumi_aws installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version

from ..guardrails.subject import camel
from ..scanning.checkov_runner import Checkov, load
from ..terraform.names import nested_attribute, terraform_names
from ..terraform.pulumi_names import TABLE
from ..terraform.schema import Shape, provider_schema
from . import sdk_types
from .sdk_types import Property

_DEPTH = 5


def checked_types(checkov: Checkov) -> frozenset[str]:
    """Every Terraform type of AWS that a check is about, or wants connected."""
    types = {kind for kind in checkov.resource_checks.checks if kind.startswith("aws_")}
    for kind in sorted(types):
        for facts in checkov.facts(kind):
            types |= facts.connected
    return frozenset(types) & provider_schema().types


def tokens_of(types: frozenset[str]) -> dict[str, str]:
    """The token of each type; where the SDK has several, the one that is not kept for old programs."""
    found: dict[str, str] = {}
    for token in sorted(
        sdk_types.tokens(), key=lambda token: (token.endswith("V2"), "/alb/" in token, token)
    ):
        kind = terraform_names().terraform_type(token)
        if kind in types:
            found.setdefault(str(kind), token)
    return dict(sorted(found.items()))


def _different(token: str, kind: str) -> Iterator[tuple[str, str]]:
    """Attributes by their path, whose name in Pulumi is not plain camelCase."""
    names, shape = terraform_names(), provider_schema().resource(kind)
    for name, item in sdk_types.properties(token).items():
        attribute = names.attribute(token, name, shape)
        if attribute is not None:
            yield from _named(name, item, attribute, kind, shape, 0)


def _named(
    name: str, item: Property, attribute: str, path: str, shape: Shape, depth: int
) -> Iterator[tuple[str, str]]:
    place = f"{path}.{attribute}"
    if name != camel(attribute):
        yield place, name
    if item.block is None or depth >= _DEPTH or shape[attribute].block is None:
        return
    inner = provider_schema().block(shape[attribute])
    for inside, more in sdk_types.nested(item.block).items():
        found = nested_attribute(inside, inner)
        if found is not None:
            yield from _named(inside, more, found, place, inner, depth + 1)


def document(tokens: Mapping[str, str]) -> str:
    """The table as it is kept, with where it comes from."""
    properties = {place: name for kind, token in tokens.items() for place, name in _different(token, kind)}
    made_from = {name: version(name) for name in ("pulumi_aws", "checkov")}
    made = {"made_from": made_from, "tokens": tokens, "properties": dict(sorted(properties.items()))}
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    TABLE.write_text(document(tokens_of(checked_types(load()))), encoding="utf-8")
