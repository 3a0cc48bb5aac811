"""Compares two versions by what they decide, not by how they are written. Pure.

for each service, intent and target that either version declares
    whose rules differ (equal slices decide equally, so most are passed over)
        for each input for which a condition of these rules may turn out differently
            ask both versions
        for each kind of change that was not found so
            have the solver find an input for it, and ask both versions; or prove that there is none

What is neither found nor proved is listed as untried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from policies.calls.deciding.model import Answer
from policies.calls.language.cases import NOON
from policies.calls.language.policy_parts import PolicyParts, parts_of
from policies.calls.proving.decisions import AskedVersion, Comparison
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.rehearsing.sample_inputs import SampleInput, described_input, sample_inputs
from policies.calls.versions.documents import Rule

MAX_DECISIONS = 50_000
ChangeKind = Literal["opens", "closes", "reason"]
"""Denied before and allowed after; the reverse; the same decision by other policies or for another reason."""
_KINDS: tuple[ChangeKind, ...] = ("opens", "closes", "reason")


class _Question(NamedTuple):
    service: str
    intent: str
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChange:
    """How the decisions about one service, intent and target change between two versions.

    `target` is None for a request that names none. Of the `tried` inputs, `changed` are decided otherwise;
    `sample` is the plainest of those, with the answers `before` and `after`.
    """

    change: ChangeKind
    service: str
    intent: str
    target: str | None
    sample: SampleInput
    before: Answer
    after: Answer
    changed: int
    tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried:
    """A question for which not every input was tried, and why; without names, for all further questions."""

    why: str
    service: str | None = None
    intent: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChanges:
    """Every change of a decision, by service, intent and target, and how many decisions were compared.

    Whatever is not among `changes` stays, for every input there may be, but for the questions in `untried`.
    """

    changes: tuple[DecisionChange, ...]
    decisions: int
    untried: tuple[Untried, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every question was tried with every input."""
        return not self.untried

    def of(self, *kinds: ChangeKind) -> tuple[DecisionChange, ...]:
        """The changes of these kinds."""
        return tuple(each for each in self.changes if each.change in kinds)


def compare_decisions(
    before: Rehearsal,
    after: Rehearsal,
    *,
    environments: Sequence[str],
    at: datetime = NOON,
    max_decisions: int = MAX_DECISIONS,
) -> DecisionChanges:
    """Find every decision that the versions make differently, among the services that either declares.

    `environments` are those to ask in, the plainest first; `at` is the time where no condition reads it.
    """
    services = sorted({*before.stored.root.services, *after.stored.root.services})
    intents = sorted({*before.stored.root.intents, *after.stored.root.intents})
    found: list[DecisionChange] = []
    untried: list[Untried] = []
    seen: dict[object, _Compared] = {}
    decisions = 0
    for service in _services_to_ask(before, after, services):
        for intent in intents:
            for target in _targets_to_ask(before, after, service, intent, services):
                if decisions >= max_decisions:
                    untried.append(Untried(why=f"more than {max_decisions} decisions"))
                    return DecisionChanges(changes=tuple(found), decisions=decisions, untried=tuple(untried))
                question = _Question(service, intent, target)
                asked = (_asked_version(before, question), _asked_version(after, question))
                alike = _alike(question, asked)
                known = None if alike is None else seen.get(alike)
                changes = None if known is None else _ask_again(before, after, question, known)
                if known is None or changes is None:
                    known = _compare_question(before, after, question, asked, environments, at)
                    changes = known.changes
                    if alike is not None:
                        seen[alike] = known
                decisions += known.decisions
                found += changes
                if known.untried is not None:
                    untried.append(Untried(why=known.untried, service=service, intent=intent, target=target))
    return DecisionChanges(changes=tuple(found), decisions=decisions, untried=tuple(untried))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """The comparison of one question: what changes, how many decisions were compared, what was not tried."""

    changes: tuple[DecisionChange, ...]
    decisions: int
    untried: str | None


def _compare_question(
    before: Rehearsal,
    after: Rehearsal,
    question: _Question,
    asked: tuple[AskedVersion, AskedVersion],
    environments: Sequence[str],
    at: datetime,
) -> _Compared:
    """Ask both versions a sample of inputs, then prove the rest."""
    relevant = _parts_of({*asked[0].rules, *asked[1].rules})
    tried = sample_inputs(relevant, environments=environments, at=at)
    changes = list(_ask_both(before, after, question, tried))
    untried: str | None = None
    try:
        for change in _prove_rest(before, after, question, asked, changes, environments, at):
            changes.append(change)  # noqa: PERF402 - those before an error stay
    except NotUnderstoodError as error:
        untried = str(error)
    proved = sum(change.tried == 1 and len(tried) != 1 for change in changes)
    return _Compared(changes=tuple(changes), decisions=len(tried) + proved, untried=untried)


def _alike(question: _Question, asked: tuple[AskedVersion, AskedVersion]) -> object | None:
    """What is equal for questions that are decided alike; None if nothing is certain to be.

    So it is for questions about one intent that meet the same rules, if each of these is about every service
    or about the question's own, and none looks at whom it is about.
    """
    if question.target is None or not all(version.known for version in asked):
        return None
    for version in asked:
        for rule in version.rules:
            parts = parts_of(rule.text)
            scoped = parts.principals in (None, {question.service}) and parts.resources in (
                None,
                {question.target},
            )
            if not scoped or any(parts.reads(name) for name in ("principal", "action", "resource")):
                return None
    return (
        question.intent,
        *((version.schema, version.known, tuple(version.rules)) for version in asked),
    )


def _ask_again(
    before: Rehearsal, after: Rehearsal, question: _Question, known: _Compared
) -> tuple[DecisionChange, ...] | None:
    """The changes of a question that is decided like another one, each asked; None if one is not the same."""
    changes: list[DecisionChange] = []
    for change in known.changes:
        found = list(_ask_both(before, after, question, [change.sample]))
        if [each.change for each in found] != [change.change]:
            return None
        changes.append(replace(found[0], changed=change.changed, tried=change.tried))
    return tuple(changes)


def _services_to_ask(before: Rehearsal, after: Rehearsal, services: Sequence[str]) -> Iterator[str]:
    """The services whose decisions may differ: those whose own rules do, or all, if what all share does."""
    old, new = before.stored.root, after.stored.root
    shared = (old.schema, old.intents, old.everyone, {*old.services})
    if shared != (new.schema, new.intents, new.everyone, {*new.services}):
        yield from services
        return
    for service in services:
        if old.services.get(service) != new.services.get(service):
            yield service


def _targets_to_ask(
    before: Rehearsal, after: Rehearsal, service: str, intent: str, services: Sequence[str]
) -> Iterator[str | None]:
    """The targets that may be decided differently; None for a request that names none."""
    if before.targets(service).get(intent) != after.targets(service).get(intent):
        yield None
    old, new = before.stored.root, after.stored.root
    declared = [set(root.services) for root in (old, new)]
    known = [(service in root.services, intent in root.intents) for root in (old, new)]
    if old.schema != new.schema or known[0] != known[1]:
        yield from services
        return
    wanted = declared[0] ^ declared[1]
    parts = [{*version.slices(service, intent)} for version in (before, after)]
    if parts[0] != parts[1]:
        # what both have is in equal slices, so only the others are looked into
        changed = _rules_in(before, parts[0] - parts[1]) ^ _rules_in(after, parts[1] - parts[0])
        for part in _parts_of(changed):
            if part.resources is None:
                yield from services
                return
            wanted |= part.resources
    yield from sorted(wanted & set(services))


def _ask_both(
    before: Rehearsal,
    after: Rehearsal,
    question: _Question,
    tried: Sequence[SampleInput],
) -> Iterator[DecisionChange]:
    """Ask both versions each input, and group what changed by its kind."""
    found: dict[ChangeKind, list[tuple[SampleInput, Answer, Answer]]] = defaultdict(list)
    for sample in tried:
        event = sample.event(*question)
        old, new = (
            version.decide(event, at=sample.at, environment=sample.environment) for version in (before, after)
        )
        kind = _kind_of(old, new)
        if kind is not None:
            found[kind].append((sample, old, new))
    for change, instances in found.items():
        sample, old, new = instances[0]
        yield DecisionChange(
            change=change,
            service=question.service,
            intent=question.intent,
            target=question.target,
            sample=sample,
            before=old,
            after=new,
            changed=len(instances),
            tried=len(tried),
        )


def _prove_rest(
    before: Rehearsal,
    after: Rehearsal,
    question: _Question,
    asked: tuple[AskedVersion, AskedVersion],
    found: Sequence[DecisionChange],
    environments: Sequence[str],
    at: datetime,
) -> Iterator[DecisionChange]:
    """Each change of a kind that was not found yet. Raises NotUnderstoodError if it can not be proved."""
    missing = [kind for kind in _KINDS if kind not in {change.change for change in found}]
    if not missing or asked[0] == asked[1]:
        return
    comparison = Comparison(question.service, question.intent, asked, environments=environments, at=at)
    for kind in missing:
        model = comparison.find(kind)
        if model is None:
            continue
        sample = described_input(
            environment=model.environment,
            at=model.at,
            tenant=model.tenant,
            proven=model.proven,
            context=model.attributes,
            plain=(environments[0], at),
        )
        confirmed = [
            change for change in _ask_both(before, after, question, [sample]) if change.change == kind
        ]
        if not confirmed:
            raise NotUnderstoodError("an input that the solver found, and that decides otherwise when asked")
        yield from confirmed


def _rules_in(version: Rehearsal, slices: Iterable[str]) -> set[Rule]:
    return {rule for name in slices for rule in version.stored.slice(name).rules}


def _asked_version(version: Rehearsal, question: _Question) -> AskedVersion:
    root = version.stored.root
    target = question.target
    if target is None:
        declared = version.targets(question.service).get(question.intent, ())
        target = declared[0] if len(declared) == 1 else None
    known = question.service in root.services and question.intent in root.intents and target in root.services
    rules = version.rules(question.service, question.intent, target) if known else ()
    return AskedVersion(
        schema=version.stored.schema,
        rules=tuple(
            sorted(
                (rule for rule in rules if _may_apply(parts_of(rule.text), target)), key=lambda rule: rule.id
            )
        ),
        target=target,
        known=known,
    )


def _kind_of(old: Answer, new: Answer) -> ChangeKind | None:
    if old.allowed != new.allowed:
        return "opens" if new.allowed else "closes"
    return None if (old.reason_code, old.policies) == (new.reason_code, new.policies) else "reason"


def _may_apply(part: PolicyParts, target: str | None) -> bool:
    return target is None or part.resources is None or target in part.resources


def _parts_of(rules: Iterable[Rule]) -> list[PolicyParts]:
    return [parts_of(rule.text) for rule in sorted(rules, key=lambda rule: rule.id)]
