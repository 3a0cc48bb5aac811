"""Judges Pulumi resources by the rules, in process, without Pulumi's engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from ..findings.values import CheckVerdict
from ..graph.values import Graph, Resource, reveal
from ..terraform.names import terraform_names
from ..terraform.observed import settings
from ..terraform.schema import provider_schema
from .catalogue import RULES
from .rule import Guardrail, Reach
from .subject import Attributes, NotKnownError, Subject, camel
from .tags import taggable

PLATFORM = "myelin:"
"""How the tokens of the platform's components begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of a resource; `detail` is what is wrong, or what the verdict hangs on."""

    rule: Guardrail
    resource: Resource
    verdict: CheckVerdict
    detail: str = ""


def evaluate(graph: Graph, today: date, *, platform: bool) -> Iterator[Judgement]:
    """Judge every AWS resource; `platform` brings in the platform's own conventions.

    What hangs on a value that only a deployment brings is undecided.
    """
    rules = rules_of(platform=platform)
    for resource in graph.resources:
        kind = kind_of(resource.token) if resource.of_aws else ""
        if kind:
            shape = provider_schema().resource(kind)
            given = reveal(settings(resource, terraform_names(), shape))
            subject = subject_of(resource.token, given, today)
            yield from (_judge(rule, resource, subject) for rule in rules if rule.speaks_of(kind))


def _judge(rule: Guardrail, resource: Resource, subject: Subject) -> Judgement:
    try:
        fault = rule.judge(subject)
    except NotKnownError as error:
        return Judgement(rule=rule, resource=resource, verdict=CheckVerdict.UNDECIDED, detail=str(error))
    verdict = CheckVerdict.PASSED if fault is None else CheckVerdict.FAILED
    return Judgement(rule=rule, resource=resource, verdict=verdict, detail=fault or "")


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
    return terraform_names().terraform_type(token) or ""
