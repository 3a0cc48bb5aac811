"""Scans one stack: translate, run checkov, judge by the guardrails, join both by check and resource.

graph -> plan -> checkov's results by address -> findings by URN
graph -> guardrails                           -> findings by URN
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from policies.findings.values import Check, Finding, Scan, Unmapped
from policies.graph.values import Graph, Resource
from policies.guardrails.catalogue import RULES
from policies.guardrails.evaluation import evaluate, rules_of, uses_platform
from policies.scanning.checkov_runner import CheckovRun
from policies.terraform.plan import Translation, translate


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
    graph: Graph, environment: str, checker: PlanChecker, today: date, *, platform: bool = False
) -> Scan:
    """Run all checks on a stack.

    The platform's own conventions are among them when it uses the platform's components, or with `platform`.
    """
    platform = platform or uses_platform(graph)
    translation = translate(graph)
    run = checker.run(translation.plan, skipped=_left_out(platform=platform))
    outcomes: dict[tuple[str, str], _Outcome] = {}
    for outcome in (*_guarded(graph, today, platform=platform), *_checked(run, translation)):
        # both judge by the same rules; what the guardrails say comes first, as they see what the program said
        outcomes.setdefault((outcome.check.id, outcome.resource.urn), outcome)
    aws = [item for item in graph.resources if item.custom and item.package == "aws"]
    return Scan(
        stack=graph.stack,
        environment=environment,
        source=graph.source,
        resources=len(aws),
        passed=sum(outcome.passed for outcome in outcomes.values()),
        failures=tuple(_finding(graph, item) for item in outcomes.values() if not item.passed),
        unmapped=tuple(
            Unmapped(urn=item.urn, token=item.token, location=item.location) for item in translation.unmapped
        ),
        notes=(
            *graph.notes,
            *translation.notes,
            *(f"the check {name} could not run: {why}" for name, why in run.broken.items()),
        ),
        lines=frozenset(item.location for item in graph.resources if item.location is not None),
    )


def _left_out(*, platform: bool) -> tuple[str, ...]:
    wanted = rules_of(platform=platform)
    return tuple(rule.id for rule in RULES if rule not in wanted)


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
