"""Scans the stacks of an environment: translate, run checkov, judge by the guardrails, join both.

graph -> plan -> checkov's verdicts -> findings by URN
graph -> guardrails                 -> findings by URN
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ..findings.selection import EVERYTHING, Selection
from ..findings.values import Check, CheckVerdict, Finding, Scan, Unmapped
from ..graph.preview import SHOW_SAMES
from ..graph.values import Graph
from ..guardrails.catalogue import INSTEAD_OF_CHECKOV, RULES
from ..guardrails.evaluation import evaluate, uses_platform
from ..guardrails.rule import Guardrail
from ..terraform.literal_references import connect_literals
from ..terraform.plan import Translation, translate
from ..terraform.policy_documents import set_aside
from .checker import PlanChecker
from .outcome import CheckOutcome
from .verdicts import checked


def scan(
    graphs: Sequence[Graph],
    environment: str,
    checker: PlanChecker,
    today: date,
    *,
    platform: bool = False,
    selection: Selection = EVERYTHING,
    more: Sequence[Guardrail] = (),
) -> tuple[Scan, ...]:
    """Run all checks on the stacks of an environment; a scan for each.

    They are one plan, so that what one stack makes and another uses is connected. The platform's own
    conventions are among the checks when a stack uses the platform's components, or with `platform`. Only
    checks of the `selection` count; `more` are rules of the project's own.
    """
    platform = platform or any(map(uses_platform, graphs))
    together = connect_literals(_join(graphs, environment))
    readable, malformed = set_aside(together)
    translation = translate(readable)
    # the guardrails judge by the same rules, and see what the program said itself
    skipped = (*(rule.id for rule in RULES), *(rule.id for rule in INSTEAD_OF_CHECKOV))
    outcomes: dict[tuple[str, str], CheckOutcome] = {}
    for outcome in (
        *_guarded(together, today, platform=platform, more=more),
        *checked(readable, translation, checker, skipped=skipped, malformed=malformed),
    ):
        if selection.wants(outcome.check.id):
            outcomes.setdefault((outcome.check.id, outcome.resource.urn), outcome)
    return tuple(_scan(graph, environment, list(outcomes.values()), translation) for graph in graphs)


def _join(graphs: Sequence[Graph], environment: str) -> Graph:
    return Graph(
        stack=environment,
        source=graphs[0].source,
        resources=tuple(item for graph in graphs for item in graph.resources),
        missing=tuple(reason for graph in graphs for reason in graph.missing),
    )


def _scan(graph: Graph, environment: str, outcomes: Sequence[CheckOutcome], translation: Translation) -> Scan:
    own = [outcome for outcome in outcomes if outcome.resource.urn in graph.by_urn]
    strange = tuple(note for note in translation.notes if any(urn in note for urn in graph.by_urn))
    return Scan(
        stack=graph.stack,
        environment=environment,
        source=graph.source,
        resources=sum(item.custom and item.package == "aws" for item in graph.resources),
        passed=sum(outcome.verdict is CheckVerdict.PASSED for outcome in own),
        failures=tuple(_finding(graph, outcome) for outcome in own if outcome.verdict is CheckVerdict.FAILED),
        undecided=tuple(
            _finding(graph, outcome) for outcome in own if outcome.verdict is CheckVerdict.UNDECIDED
        ),
        checks=frozenset(outcome.check.id for outcome in own),
        missing=graph.missing,
        unmapped=tuple(
            Unmapped(urn=item.urn, token=item.token, location=item.location)
            for item in translation.unmapped
            if item.urn in graph.by_urn
        ),
        notes=(*graph.missing, *graph.notes, *strange, *_nothing(graph)),
        places=frozenset((item.location, item.name) for item in graph.resources),
    )


def _nothing(graph: Graph) -> tuple[str, ...]:
    if any(item.of_aws for item in graph.resources):
        return ()
    told = f"nothing to judge: no AWS resource among the {len(graph.resources)} of this file"
    if graph.source == "preview" and not graph.missing:
        return (f"{told}; unchanged ones are in it only with `{SHOW_SAMES}`",)
    return (told,)


def _guarded(
    graph: Graph, today: date, *, platform: bool, more: Sequence[Guardrail]
) -> Iterator[CheckOutcome]:
    for judgement in evaluate(graph, today, platform=platform, more=more):
        rule = judgement.rule
        yield CheckOutcome(
            check=Check(
                id=rule.id, title=rule.title, hint=rule.hint, tool="guardrails", severity=rule.severity
            ),
            verdict=judgement.verdict,
            resource=judgement.resource,
            detail=judgement.detail,
        )


def _finding(graph: Graph, outcome: CheckOutcome) -> Finding:
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
