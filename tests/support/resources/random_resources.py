"""Resources of the types that checkov checks, with inputs at random, and with some inputs not known."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

from policies.resources.graph.values import UNKNOWN, Resource
from policies.resources.scanning.checker import PlanChecker
from policies.resources.terraform.example_values import examples
from policies.resources.terraform.schema import provider_schema

_OF_NO_CHECK = frozenset({"id", "region", "tags", "tags_all", "timeouts"})


def random_resource(
    chance: random.Random, checker: PlanChecker, token: str, terraform_type: str, name: str
) -> Resource:
    """A resource with inputs that checks look at, often with the values that they look for."""
    inputs: dict[str, Any] = {}
    facts = checker.facts(terraform_type)
    for attribute, shape in provider_schema().resource(terraform_type).items():
        readers = [one for one in facts if one.reads(terraform_type, attribute)]
        if shape.read_only or attribute in _OF_NO_CHECK or chance.random() < (0.35 if readers else 0.8):
            continue
        constants = [constant for one in readers for constant in one.constants]
        values = examples(shape, constants, provider_schema(), origin=True)
        if values:
            inputs[attribute] = chance.choice(values)
    return Resource(urn=f"urn:pulumi:dev::p::{token}::{name}", token=token, name=name, inputs=inputs)


def with_unknowns(chance: random.Random, resource: Resource) -> Resource:
    """The resource with some of its inputs, or parts of them, not known."""
    return replace(
        resource, inputs={name: _hide(chance, value, 0.25) for name, value in resource.inputs.items()}
    )


def _hide(chance: random.Random, value: Any, share: float) -> Any:
    if chance.random() < share:
        return UNKNOWN
    if isinstance(value, dict):
        return {name: _hide(chance, item, share * 0.6) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(chance, item, share * 0.6) for item in value]
    if isinstance(value, str) and value.startswith("{") and chance.random() < share:
        return _hide(chance, json.loads(value), share)
    return value
