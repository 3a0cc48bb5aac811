"""Compares two versions by what they decide, not by how they are written. Pure.

for each service, intent and target that is declared in either
    whose rules differ (equal slices decide equally, so most are passed over)
        for each situation that a condition of those rules tells apart
            ask both versions
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from policies.calls.deciding.model import Answer, ReasonCode
from policies.calls.language.anatomy import Anatomy, dissect
from policies.calls.language.cases import NOON
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.rehearsing.test_inputs import Situation, situations
from policies.calls.versions.documents import Rule

MOST_DECISIONS = 50_000
Change = Literal["opens", "closes", "reason"]
"""Denied before and allowed after; the reverse; the same decision by other policies or for another reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How the decisions about one service, intent and target change.

    `target` is None for a request that names none. `situation` is the plainest of the `changed` situations,
    of `tried`, in which it does; `before` and `after` are the answers in it.
    """

    change: Change
    service: str
    intent: str
    target: str | None
    situation: Situation
    before: Answer
    after: Answer
    changed: int
    tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What changes, in the order of service, intent and target, and how many decisions were compared.

    `complete` is False when there were too many situations to try every combination of them.
    """

    effects: tuple[Effect, ...]
    decisions: int
    complete: bool

    def of(self, *changes: Change) -> tuple[Effect, ...]:
        """The effects of some kinds."""
        return tuple(effect for effect in self.effects if effect.change in changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """The ids of the policies that one version has and the other has not, or has otherwise."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def compare(
    before: Rehearsal,
    after: Rehearsal,
    *,
    environments: Sequence[str],
    at: datetime = NOON,
    most: int = MOST_DECISIONS,
) -> Effects:
    """Every decision that the versions make differently, among the services that either declares."""
    services = sorted({*before.stored.root.services, *after.stored.root.services})
    intents = sorted({*before.stored.root.intents, *after.stored.root.intents})
    found: list[Effect] = []
    decisions = 0
    complete = True
    for service in services:
        for intent in intents:
            for target in _targets(before, after, service, intent, services):
                if decisions >= most:
                    return Effects(effects=tuple(found), decisions=decisions, complete=False)
                rules = {*before.rules(service, intent), *after.rules(service, intent)}
                relevant = [part for part in _anatomies(rules) if _about(part, target)]
                tried, all_of_them = situations(relevant, environments=environments, at=at)
                complete &= all_of_them
                decisions += len(tried)
                found += _differences(before, after, (service, intent, target), tried)
    return Effects(effects=tuple(found), decisions=decisions, complete=complete)


def compare_rules(before: Iterable[Rule], after: Iterable[Rule]) -> RuleChanges:
    """What differs by text."""
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    return RuleChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )


def _targets(
    before: Rehearsal, after: Rehearsal, service: str, intent: str, services: Sequence[str]
) -> Iterator[str | None]:
    """The targets about which something may be decided differently; None for a request without one."""
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
        for part in _anatomies(changed):
            if part.resources is None:
                yield from services
                return
            wanted |= part.resources
    yield from sorted(wanted & set(services))


def _differences(
    before: Rehearsal,
    after: Rehearsal,
    question: tuple[str, str, str | None],
    tried: Sequence[Situation],
) -> Iterator[Effect]:
    """One effect for each way in which the answers change."""
    ways: dict[Change, list[tuple[Situation, Answer, Answer]]] = defaultdict(list)
    for situation in tried:
        event = situation.event(*question)
        old, new = (
            version.decide(event, at=situation.at, environment=situation.environment)
            for version in (before, after)
        )
        if {old.reason_code, new.reason_code} == {ReasonCode.INVALID_REQUEST}:
            continue
        if old.allowed != new.allowed:
            ways["opens" if new.allowed else "closes"].append((situation, old, new))
        elif (old.reason_code, old.policies) != (new.reason_code, new.policies):
            ways["reason"].append((situation, old, new))
    for change, instances in ways.items():
        situation, old, new = instances[0]
        yield Effect(
            change=change,
            service=question[0],
            intent=question[1],
            target=question[2],
            situation=situation,
            before=old,
            after=new,
            changed=len(instances),
            tried=len(tried),
        )


def _about(part: Anatomy, target: str | None) -> bool:
    return target is None or part.resources is None or target in part.resources


def _anatomies(rules: Iterable[Rule]) -> list[Anatomy]:
    return [_anatomy(rule.text) for rule in sorted(rules, key=lambda rule: rule.id)]


@lru_cache(maxsize=4096)
def _anatomy(text: str) -> Anatomy:
    (anatomy,) = dissect((text,))
    return anatomy
