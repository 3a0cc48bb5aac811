"""Judges Pulumi resources by the rules, in process, without Pulumi's engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from ..findings.values import CheckVerdict
from ..graph.values import Graph, Resource, reveal
from ..terraform.names import terraform_names
from ..terraform.observed import settings
from ..terraform.schema import provider_schema
from .catalogue import INSTEAD_OF_CHECKOV, RULES
from .prefix_lists import with_networks
from .related import related_subjects
from .rule import Guardrail, Reach
from .rules.tags import taggable
from .subject import Attributes, NotConcernedError, NotKnownError, Subject, camel

PLATFORM = "myelin:"
"""How the tokens of the platform's components begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of a resource; `detail` is what is wrong, or what the verdict hangs on."""

    rule: Guardrail
    resource: Resource
    verdict: CheckVerdict
    detail: str = ""


def evaluate(
    graph: Graph, today: date, *, platform: bool, more: Sequence[Guardrail] = ()
) -> Iterator[Judgement]:
    """Judge every AWS resource by our rules and by `more`; `platform` brings in the platform's own
    conventions.

    What hangs on a value that only a deployment brings is undecided.
    """
    rules = (*rules_of(platform=platform), *INSTEAD_OF_CHECKOV, *more)
    laid_open = with_networks(graph)
    subjects = {item.urn: _subject(item, today) for item in laid_open.resources if item.of_aws}
    groups = related_subjects(graph, subjects)
    for resource in graph.resources:
        subject = subjects.get(resource.urn)
        if subject is not None and subject.kind:
            subject = replace(subject, related=groups.get(resource.urn, ()))
            for rule in rules:
                if rule.speaks_of(subject.kind):
                    yield from _judge(rule, resource, subject)


def _subject(resource: Resource, today: date) -> Subject:
    kind, written = kind_of(resource.token), reveal(dict(resource.inputs))
    if not kind:
        return replace(subject_of(resource.token, written, today), unrevealed=resource.inputs)
    chosen = reveal(settings(resource, terraform_names(), provider_schema().resource(kind)))
    return replace(
        subject_of(resource.token, chosen, today),
        written=Attributes(written, camel),
        unrevealed=resource.inputs,
    )


def _judge(rule: Guardrail, resource: Resource, subject: Subject) -> Iterator[Judgement]:
    try:
        fault = rule.judge(subject)
    except NotConcernedError:
        return
    except NotKnownError as error:
        yield Judgement(rule=rule, resource=resource, verdict=CheckVerdict.UNDECIDED, detail=str(error))
        return
    verdict = CheckVerdict.PASSED if fault is None else CheckVerdict.FAILED
    yield Judgement(rule=rule, resource=resource, verdict=verdict, detail=fault or "")


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
