"""Turns what checkov says of a plan into verdicts on resources.

result -> hangs on an unknown input? -> hangs on connections that cannot be seen? -> passed or failed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..findings.values import Check, CheckVerdict
from ..graph.values import Graph, Resource
from ..terraform.plan import Translation
from .check_facts import CheckFacts
from .checker import BrokenCheck, PlanChecker
from .connections import Connections
from .corrections import says_nothing
from .hints import hint
from .outcome import CheckOutcome
from .trials import Trial, try_values

TOOL = "checkov"


def checked(
    graph: Graph,
    translation: Translation,
    checker: PlanChecker,
    *,
    skipped: tuple[str, ...] = (),
    malformed: Mapping[str, frozenset[str]] | None = None,
) -> Iterator[CheckOutcome]:
    """Every verdict of every check but the skipped ones.

    `malformed` has the inputs, by URN, that are not known because they cannot be read.
    """
    run = checker.run(translation.plan, skipped=skipped)
    types = {resource.urn: address.partition(".")[0] for address, resource in translation.addresses.items()}
    results = {
        (result.id, translation.addresses[result.address].urn): result
        for result in run.results
        if result.address in translation.addresses
    }
    trials = try_values(graph, translation, checker, results, skipped)
    connections = Connections(graph, types)
    for identity, urn in {**results, **trials}:
        trial = trials.get((identity, urn)) or Trial(result=results.get((identity, urn)))
        if trial.broken is not None:
            yield _stumbled(trial.broken, graph.by_urn[urn])
        elif trial.result is not None:
            resource = graph.by_urn[urn]
            if says_nothing(identity, types[urn], resource):
                continue
            facts = _facts(checker, types[urn], identity)
            yield _outcome(
                trial, resource, types[urn], facts, connections, (malformed or {}).get(urn, frozenset())
            )
    for item in run.broken:
        stumbled = translation.addresses.get(item.address)
        if stumbled is not None and (item.id, stumbled.urn) not in trials:
            yield _stumbled(item, stumbled)


def _stumbled(item: BrokenCheck, resource: Resource) -> CheckOutcome:
    return CheckOutcome(
        check=Check(id=item.id, title=item.title, hint="", tool=TOOL, severity=item.severity),
        verdict=CheckVerdict.UNDECIDED,
        resource=resource,
        detail=f"the check could not run: {item.why}",
    )


def _outcome(
    trial: Trial,
    resource: Resource,
    kind: str,
    facts: CheckFacts | None,
    connections: Connections,
    malformed: frozenset[str],
) -> CheckOutcome:
    result = trial.result
    assert result is not None  # noqa: S101 - the caller has looked
    verdict, detail = (CheckVerdict.PASSED if result.passed else CheckVerdict.FAILED), result.detail
    if trial.open:
        verdict, detail = CheckVerdict.UNDECIDED, _not_known(trial.unknown, malformed)
    elif facts is not None and (why := connections.why_open(facts, resource, kind, passed=result.passed)):
        verdict, detail = CheckVerdict.UNDECIDED, why
    check = Check(
        id=result.id,
        title=result.title,
        hint=hint(result.id, result.advice, resource, kind),
        tool=TOOL,
        severity=result.severity,
    )
    return CheckOutcome(check=check, verdict=verdict, resource=resource, detail=detail)


def _not_known(names: tuple[str, ...], malformed: frozenset[str]) -> str:
    if names and malformed.issuperset(names):
        return f"`{names[0]}` is malformed, so nothing can be said of what it allows"
    listed = ", ".join(f"`{name}`" for name in names)
    return f"{listed} {'is' if len(names) == 1 else 'are'} not known before a deployment"


def _facts(checker: PlanChecker, kind: str, identity: str) -> CheckFacts | None:
    by_id: Mapping[str, CheckFacts] = {facts.id: facts for facts in checker.facts(kind)}
    return by_id.get(identity)
