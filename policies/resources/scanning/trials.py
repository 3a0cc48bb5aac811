"""Finds out which verdicts hang on inputs that are not known yet, by trying values for them.

A check that may look at an unknown input runs on copies of its resource, each with other values in the
unknown places. Where it says the same of all, that is its verdict; else nothing is decided yet. A check of
connected resources runs on copies of all resources that it may connect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..graph.values import Graph, Resource
from ..terraform.names import terraform_names
from ..terraform.plan import Translation, translate
from ..terraform.schema import provider_schema
from ..terraform.unknowns import UnknownInput, unknown_inputs
from .check_facts import CheckFacts
from .checker import BrokenCheck, CheckovResult, PlanChecker
from .trial_copies import Affected, Copies

Place = tuple[str, str]
"""A check id and the URN of a resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What trying came to for a check and a resource.

    `result` is what the check says, None where it says nothing. Where that hangs on unknown inputs, `open` is
    true, `unknown` names them, and the result is one of several. `broken` is one of the failures to run where
    no value could be tried.
    """

    result: CheckovResult | None
    open: bool = False
    unknown: tuple[str, ...] = ()
    broken: BrokenCheck | None = None


def try_values(
    graph: Graph,
    translation: Translation,
    checker: PlanChecker,
    base: Mapping[Place, CheckovResult],
    skipped: Iterable[str],
) -> Mapping[Place, Trial]:
    """Try values for every unknown input that a check may look at.

    `base` is what the checks say where unknown inputs are left out. The result has every verdict on which an
    unknown input may have a bearing.
    """
    types = {resource.urn: address.partition(".")[0] for address, resource in translation.addresses.items()}
    affected = dict(_affected(graph, types, checker, frozenset(skipped)))
    if not affected:
        return {}
    linked = {facts.id: facts for item in affected.values() for facts in item.facts if facts.connected}
    alone, groups = Copies(), Copies()
    for item in affected.values():
        if any(not facts.connected for facts in item.facts):
            alone.add_alone(item)
    wanted = {kind for facts in linked.values() for kind in _types(facts)}
    groups.add_groups([item for item in graph.resources if types.get(item.urn) in wanted], affected)
    said = _run(
        checker, graph, (alone, groups), {facts.id for one in affected.values() for facts in one.facts}
    )
    trials: dict[Place, Trial] = {}
    for urn, item in affected.items():
        for facts in item.facts:
            if not facts.connected:
                trials[facts.id, urn] = _settle(
                    said.of(facts.id, alone.urns[urn]),
                    base.get((facts.id, urn)),
                    incomplete=item.incomplete,
                    unknown=item.read_by(facts),
                )
    for facts in linked.values():
        read = {urn: item.read_by(facts) for urn, item in affected.items() if facts in item.facts}
        incomplete = any(affected[urn].incomplete for urn in read)
        for urn, copies in groups.urns.items():
            if types[urn] in _types(facts):
                seen = said.of(facts.id, copies)
                unknown = read.get(urn) or tuple(name for names in read.values() for name in names)
                trials[facts.id, urn] = _settle(
                    seen,
                    base.get((facts.id, urn)),
                    incomplete=incomplete,
                    unknown=tuple(dict.fromkeys(unknown)),
                )
    return trials


def _affected(
    graph: Graph, types: Mapping[str, str], checker: PlanChecker, skipped: frozenset[str]
) -> Iterator[tuple[str, Affected]]:
    names, schema = terraform_names(), provider_schema()
    for resource in graph.resources:
        kind = types.get(resource.urn)
        unknown = unknown_inputs(resource, kind, names, schema) if kind else ()
        if kind is None or not unknown:
            continue
        facts = tuple(
            one
            for one in checker.facts(kind)
            if one.id not in skipped and any(one.reads(kind, item.top) for item in unknown)
        )
        if facts:
            yield (
                resource.urn,
                Affected(
                    resource=resource,
                    type=kind,
                    unknown=unknown,
                    facts=facts,
                    incomplete=any(item.left_out or _is_elsewhere(item, resource, types) for item in unknown),
                ),
            )


def _is_elsewhere(item: UnknownInput, resource: Resource, types: Mapping[str, str]) -> bool:
    """Whether a value comes from a resource that the plan does not have."""
    return item.origin and not any(urn in types for urn in resource.references.get(str(item.path[0]), ()))


def _types(facts: CheckFacts) -> frozenset[str]:
    return facts.connected | facts.words.keys()


@dataclass(frozen=True, slots=True)
class _Said:
    """What checks said of copies, and the copies that they broke on, by check id and URN."""

    results: Mapping[Place, CheckovResult]
    broken: Mapping[Place, BrokenCheck]

    def of(self, identity: str, urns: Iterable[str]) -> list[CheckovResult | None] | BrokenCheck:
        """What a check said of some copies, None for nothing, without those that it broke on.

        One of the failures where it broke on all.
        """
        places = [(identity, urn) for urn in urns]
        seen = [self.results.get(place) for place in places if place not in self.broken]
        return self.broken[places[0]] if places and not seen else seen


def _run(checker: PlanChecker, graph: Graph, copies: Iterable[Copies], only: Iterable[str]) -> _Said:
    resources = tuple(resource for one in copies for resource in one.resources)
    translation = translate(Graph(stack=graph.stack, source=graph.source, resources=resources))
    run = checker.run(translation.plan, only=tuple(sorted(only)))
    urns = {address: resource.urn for address, resource in translation.addresses.items()}
    return _Said(
        {(result.id, urns[result.address]): result for result in run.results if result.address in urns},
        {(item.id, urns[item.address]): item for item in run.broken if item.address in urns},
    )


def _settle(
    seen: list[CheckovResult | None] | BrokenCheck,
    base: CheckovResult | None,
    *,
    incomplete: bool,
    unknown: tuple[str, ...],
) -> Trial:
    """Compare what a check said of the copies, and of the resource itself unless that lacks a part."""
    if isinstance(seen, BrokenCheck):
        return Trial(result=None, broken=seen)
    said = [*seen] if incomplete else [base, *seen]
    results = [result for result in said if result is not None]
    if not results:
        return Trial(result=None)
    verdicts = {None if result is None else result.passed for result in said}
    return (
        Trial(result=results[0], open=True, unknown=unknown)
        if len(verdicts) > 1
        else Trial(result=results[0])
    )
