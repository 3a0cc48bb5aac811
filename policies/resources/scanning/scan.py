"""Scans the stacks of an environment: translate, run checkov, judge by the guardrails, join both.

graph -> plan -> checkov's results by address -> findings by URN
graph -> guardrails                           -> findings by URN
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ..findings.values import Check, Finding, Scan, Unmapped
from ..graph.values import Graph, Resource
from ..guardrails.catalogue import RULES
from ..guardrails.evaluation import evaluate, uses_platform
from ..terraform.plan import Translation, translate
from .checkov_runner import CheckovRun


class PlanChecker(Protocol):
    """Whatever runs checks on a plan; `checkov_runner.Checkov` does."""

    def run(self, plan: Mapping[str, object], *, skipped: tuple[str, ...] = ()) -> CheckovRun:
        """Run every check but the skipped ones."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    check: Check
    passed: bool
    resource: Resource
    detail: str


def scan(
    graphs: Sequence[Graph], environment: str, checker: PlanChecker, today: date, *, platform: bool = False
) -> tuple[Scan, ...]:
    """Run all checks on the stacks of an environment; a scan for each.

    They are one plan, so that what one stack makes and another uses is connected. The platform's own
    conventions are among the checks when a stack uses the platform's components, or with `platform`.
    """
    platform = platform or any(map(uses_platform, graphs))
    together = _together(graphs, environment)
    translation = translate(together)
    # the guardrails judge by the same rules, and see what the program said itself
    run = checker.run(translation.plan, skipped=tuple(rule.id for rule in RULES))
    outcomes: dict[tuple[str, str], _Outcome] = {}
    for outcome in (*_guarded(together, today, platform=platform), *_checked(run, translation)):
        outcomes.setdefault((outcome.check.id, outcome.resource.urn), outcome)
    broken = tuple(f"the check {name} could not run: {why}" for name, why in run.broken.items())
    return tuple(
        _scan(graph, environment, list(outcomes.values()), translation, broken if graph is graphs[-1] else ())
        for graph in graphs
    )


def _together(graphs: Sequence[Graph], environment: str) -> Graph:
    return Graph(
        stack=environment,
        source=graphs[0].source,
        resources=tuple(item for graph in graphs for item in graph.resources),
    )


def _scan(
    graph: Graph,
    environment: str,
    outcomes: Sequence[_Outcome],
    translation: Translation,
    broken: tuple[str, ...],
) -> Scan:
    own = [outcome for outcome in outcomes if outcome.resource.urn in graph.by_urn]
    strange = tuple(note for note in translation.notes if any(urn in note for urn in graph.by_urn))
    return Scan(
        stack=graph.stack,
        environment=environment,
        source=graph.source,
        resources=sum(item.custom and item.package == "aws" for item in graph.resources),
        passed=sum(outcome.passed for outcome in own),
        failures=tuple(_finding(graph, outcome) for outcome in own if not outcome.passed),
        unmapped=tuple(
            Unmapped(urn=item.urn, token=item.token, location=item.location)
            for item in translation.unmapped
            if item.urn in graph.by_urn
        ),
        notes=(*graph.notes, *strange, *broken),
        lines=frozenset(item.location for item in graph.resources if item.location is not None),
    )


def _guarded(graph: Graph, today: date, *, platform: bool) -> Iterator[_Outcome]:
    for judgement in evaluate(graph, today, platform=platform):
        rule = judgement.rule
        yield _Outcome(
            check=Check(id=rule.id, title=rule.title, hint=rule.hint, tool="guardrails"),
            passed=judgement.fault is None,
            resource=judgement.resource,
            detail=judgement.fault or "",
        )


def _checked(run: CheckovRun, translation: Translation) -> Iterator[_Outcome]:
    for result in run.results:
        resource = translation.addresses.get(result.address)
        if resource is not None:
            yield _Outcome(
                check=Check(id=result.id, title=result.title, hint=result.hint, tool="checkov"),
                passed=result.passed,
                resource=resource,
                detail=result.detail,
            )


def _finding(graph: Graph, outcome: _Outcome) -> Finding:
    resource = outcome.resource
    component = graph.component_of(resource)
    return Finding(
        check=outcome.check,
        stack=graph.stack,
        urn=resource.urn,
        token=resource.token,
        name=resource.name,
        component=f"{component.name} ({component.token})" if component else "",
        location=resource.location,
        detail=outcome.detail,
    )
