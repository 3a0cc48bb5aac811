"""Compares two versions by what they decide, not by how they are written. Pure.

for each service, intent and target that either version declares
    whose rules differ (equal slices decide equally, so most are passed over)
        for each input for which a condition of these rules may turn out differently
            ask both versions
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from policies.calls.deciding.model import Answer
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.language.cases import NOON
from policies.calls.language.policy_parts import PolicyParts, parts_of
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.rehearsing.sample_inputs import SampleInput, sample_inputs
from policies.calls.versions.documents import Rule

MAX_DECISIONS = 50_000
ChangeKind = Literal["opens", "closes", "reason"]
"""Denied before and allowed after; the reverse; the same decision by other policies or for another reason."""


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
class DecisionChanges:
    """Every change of a decision, by service, intent and target, and how many decisions were compared.

    `complete` is False when there were too many inputs to try every combination of their values.
    """

    changes: tuple[DecisionChange, ...]
    decisions: int
    complete: bool

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
    decisions = 0
    complete = True
    for service in services:
        for intent in intents:
            for target in _targets_to_ask(before, after, service, intent, services):
                if decisions >= max_decisions:
                    return DecisionChanges(changes=tuple(found), decisions=decisions, complete=False)
                rules = {*before.rules(service, intent), *after.rules(service, intent)}
                relevant = [part for part in _parts_of(rules) if _may_apply(part, target)]
                tried, all_of_them = sample_inputs(relevant, environments=environments, at=at)
                complete &= all_of_them
                decisions += len(tried)
                found += _ask_both(before, after, (service, intent, target), tried)
    return DecisionChanges(changes=tuple(found), decisions=decisions, complete=complete)


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
    if before.slices(service, intent) != after.slices(service, intent):
        changed = {*before.rules(service, intent)} ^ {*after.rules(service, intent)}
        for part in _parts_of(changed):
            if part.resources is None:
                yield from services
                return
            wanted |= part.resources
    yield from sorted(wanted & set(services))


def _ask_both(
    before: Rehearsal,
    after: Rehearsal,
    question: tuple[str, str, str | None],
    tried: Sequence[SampleInput],
) -> Iterator[DecisionChange]:
    """Ask both versions each input, and group what changed by its kind."""
    found: dict[ChangeKind, list[tuple[SampleInput, Answer, Answer]]] = defaultdict(list)
    for sample in tried:
        event = sample.event(*question)
        old, new = (
            version.decide(event, at=sample.at, environment=sample.environment) for version in (before, after)
        )
        if {old.reason_code, new.reason_code} == {ReasonCode.INVALID_REQUEST}:
            continue
        if old.allowed != new.allowed:
            found["opens" if new.allowed else "closes"].append((sample, old, new))
        elif (old.reason_code, old.policies) != (new.reason_code, new.policies):
            found["reason"].append((sample, old, new))
    for change, instances in found.items():
        sample, old, new = instances[0]
        yield DecisionChange(
            change=change,
            service=question[0],
            intent=question[1],
            target=question[2],
            sample=sample,
            before=old,
            after=new,
            changed=len(instances),
            tried=len(tried),
        )


def _may_apply(part: PolicyParts, target: str | None) -> bool:
    return target is None or part.resources is None or target in part.resources


def _parts_of(rules: Iterable[Rule]) -> list[PolicyParts]:
    return [parts_of(rule.text) for rule in sorted(rules, key=lambda rule: rule.id)]
