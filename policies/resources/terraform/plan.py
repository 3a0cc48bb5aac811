"""Translates a graph of Pulumi-AWS resources to the JSON form of a Terraform plan.

The plan is what `terraform show -json` prints for a first deployment, as far as tools that check plans read
it: planned values, changes with their unknowns and secrets, and references between resources.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..graph.values import Graph, Resource
from .conversion import Converter, Planned
from .names import Names, terraform_names
from .observed import observed
from .omissions import leave_out
from .references import References
from .schema import Schema, provider_schema

FORMAT_VERSION = "1.2"
TERRAFORM_VERSION = "1.9.0"
PROVIDER = "registry.terraform.io/hashicorp/aws"
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A plan, the resource behind each address in it, and what has no name in Terraform.

    Only resources of AWS are translated; `unmapped` are those that have no counterpart in Terraform's
    provider. `notes` tells of properties that it does not have; they are in the plan under the name that the
    rule gives them.
    """

    plan: Mapping[str, Any]
    addresses: Mapping[str, Resource]
    unmapped: tuple[Resource, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    resource: Resource
    type: str
    name: str

    @property
    def address(self) -> str:
        return f"{self.type}.{self.name}"


def translate(graph: Graph) -> Translation:
    """Say a graph as a Terraform plan; every AWS resource is in the plan or in `unmapped`."""
    schema, names = provider_schema(), terraform_names()
    named, unmapped = _name(graph, names)
    converter = Converter(schema, names)
    references = References({item.resource.urn: item.address for item in named}, graph.by_urn)
    planned = [_planned(converter, schema, item) for item in named]
    pairs = list(zip(named, planned, strict=True))
    return Translation(
        plan={
            "format_version": FORMAT_VERSION,
            "terraform_version": TERRAFORM_VERSION,
            "planned_values": {"root_module": {"resources": [_value(*pair) for pair in pairs]}},
            "resource_changes": [_change(*pair) for pair in pairs],
            "configuration": {
                "provider_config": {"aws": {"name": "aws", "full_name": PROVIDER}},
                "root_module": {"resources": [_configuration(*pair, references) for pair in pairs]},
            },
        },
        addresses={item.address: item.resource for item in named},
        unmapped=unmapped,
        notes=tuple(
            f"`{name}` of `{item.resource.urn}` is not known to Terraform's provider"
            for item, plan in pairs
            for name in plan.strange
        ),
    )


def _name(graph: Graph, names: Names) -> tuple[list[_Named], tuple[Resource, ...]]:
    """Give each AWS resource its address; names that become equal are told apart by a number."""
    named: list[_Named] = []
    unmapped: list[Resource] = []
    taken: dict[str, int] = {}
    for resource in graph.resources:
        if not resource.of_aws:
            continue
        terraform_type = names.terraform_type(resource.token)
        if terraform_type is None:
            unmapped.append(resource)
            continue
        stem = _identifier(resource.name)
        item = _Named(resource, terraform_type, stem)
        number = taken.get(item.address, 1)
        while item.address in taken:
            number += 1
            item = _Named(resource, terraform_type, f"{stem}_{number}")
        taken[f"{terraform_type}.{stem}"] = number
        taken.setdefault(item.address, 1)
        named.append(item)
    return named, tuple(unmapped)


def _identifier(name: str) -> str:
    """A name that Terraform takes: letters, digits, `_` and `-`, and no digit first."""
    safe = _NOT_A_NAME.sub("_", name)
    return safe if safe[:1].isalpha() or safe[:1] == "_" else f"_{safe}"


def _planned(converter: Converter, schema: Schema, item: _Named) -> Planned:
    resource = item.resource
    outputs = {"id": resource.id, **observed(resource.outputs)} if resource.id else {}
    planned = converter.resource(resource.token, schema.resource(item.type), resource.inputs, outputs)
    planned.values = leave_out(item.type, planned.values)
    return planned


def _value(item: _Named, planned: Planned) -> dict[str, Any]:
    return {
        **_heading(item),
        "schema_version": 0,
        "values": planned.values,
        "sensitive_values": planned.sensitive,
    }


def _change(item: _Named, planned: Planned) -> dict[str, Any]:
    return {
        **_heading(item),
        "change": {
            "actions": ["create"],
            "before": None,
            "after": planned.values,
            "after_unknown": planned.unknown,
            "before_sensitive": False,
            "after_sensitive": planned.sensitive,
        },
    }


def _configuration(item: _Named, planned: Planned, references: References) -> dict[str, Any]:
    expressions = references.expressions(planned.sources, item.resource, planned.values, planned.unknown)
    return {
        "address": item.address,
        "mode": "managed",
        "type": item.type,
        "name": item.name,
        "provider_config_key": "aws",
        "expressions": expressions,
        "schema_version": 0,
    }


def _heading(item: _Named) -> dict[str, Any]:
    return {
        "address": item.address,
        "mode": "managed",
        "type": item.type,
        "name": item.name,
        "provider_name": PROVIDER,
    }
