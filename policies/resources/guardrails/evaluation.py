"""Judges Pulumi resources by the rules, in process, without Pulumi's engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from ..graph.values import Graph, Resource, reveal
from ..terraform.names import Names, names_document
from ..terraform.schema import provider_schema
from .catalogue import RULES
from .rule import Guardrail, Reach
from .subject import Attributes, NotKnownError, Subject, camel
from .tags import taggable

PLATFORM = "myelin:"
"""How the tokens of the platform's components begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of a resource; `fault` is None when it passes."""

    rule: Guardrail
    resource: Resource
    fault: str | None


def evaluate(graph: Graph, today: date, *, platform: bool) -> Iterator[Judgement]:
    """Judge every AWS resource; `platform` brings in the platform's own conventions.

    What can not be known before a deployment is not judged.
    """
    for resource in graph.resources:
        if not resource.custom or resource.package != "aws":
            continue
        for rule in rules_of(platform=platform):
            try:
                if rule.speaks_of(kind_of(resource.token)):
                    fault = rule.judge(subject_of(resource.token, reveal(dict(resource.inputs)), today))
                    yield Judgement(rule=rule, resource=resource, fault=fault)
            except NotKnownError:
                continue


def rules_of(*, platform: bool) -> tuple[Guardrail, ...]:
    """The rules that hold for a program that uses the platform's components, or for any."""
    return tuple(rule for rule in RULES if platform or rule.reach is Reach.ANYBODY)


def uses_platform(graph: Graph) -> bool:
    """Whether a stack has any component of the platform."""
    return any(item.token.startswith(PLATFORM) for item in graph.resources)


def subject_of(token: str, inputs: Mapping[str, Any], today: date) -> Subject:
    """A Pulumi resource as rules see it."""
    return Subject(
        kind=kind_of(token),
        attributes=Attributes(inputs, camel),
        taggable=taggable(kind_of(token)),
        today=today,
    )


@cache
def kind_of(token: str) -> str:
    """The Terraform type of a token; empty for one that Terraform's provider does not have."""
    return Names(names_document(), provider_schema().types).terraform_type(token) or ""
