"""Puts recorded decisions to another version, and says which of them it would decide otherwise. Pure.

A recorded decision is a line of the function's log. What was masked there can not be asked again: where the
version looks at it, the decision is not replayed, and counted as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from policies.calls.deciding.model import Answer, ReasonCode
from policies.calls.language.anatomy import dissect
from policies.calls.rehearsing.context_reads import Mention, mentions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.documents import Rule

Why = Literal["not judged", "masked", "unreadable"]
"""It was denied for want of a set, a clock or a valid request; a masked value matters; it is no such line."""
_NOT_JUDGED = frozenset(
    {
        ReasonCode.STORE_UNAVAILABLE,
        ReasonCode.STALE_SNAPSHOT,
        ReasonCode.INTERNAL_ERROR,
        ReasonCode.INVALID_REQUEST,
        ReasonCode.CLOCK_SKEWED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One decision as it was logged; `masked` are the fields whose values the log does not have."""

    event: Mapping[str, Any]
    at: datetime
    environment: str
    allowed: bool
    reason_code: str
    policies: tuple[str, ...]
    version: str | None
    decision_id: str
    masked: frozenset[tuple[str, ...]] = field(default=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """Decisions that would be made otherwise, of one question; `example` is the latest of `count`."""

    opens: bool
    count: int
    example: Recorded
    after: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a replay found; `same` and the counts of flips and of `skipped` make up all of `decisions`."""

    decisions: int
    same: int
    flips: tuple[Flip, ...]
    skipped: Mapping[Why, int]
    versions: int

    @property
    def flipped(self) -> int:
        """How many decisions would be made otherwise."""
        return sum(flip.count for flip in self.flips)


def replay(records: Iterable[Recorded | None], version: Rehearsal) -> Replay:
    """Ask the version what was asked then, at that time. None stands for a line that is no decision."""
    same = decisions = 0
    skipped: Counter[Why] = Counter()
    flips: dict[object, list[tuple[Recorded, Answer]]] = {}
    versions = set[str | None]()
    for record in records:
        decisions += 1
        why = _unfit(record, version)
        if record is None or why is not None:
            skipped[why or "unreadable"] += 1
            continue
        versions.add(record.version)
        answer = version.decide(dict(record.event), at=record.at, environment=record.environment)
        if answer.allowed == record.allowed:
            same += 1
        else:
            flips.setdefault((repr(sorted(record.event.items())), answer.allowed), []).append(
                (record, answer)
            )
    found = [_flip(instances) for instances in flips.values()]
    return Replay(
        decisions=decisions,
        same=same,
        flips=tuple(sorted(found, key=lambda flip: (-flip.count, repr(flip.example.event)))),
        skipped=dict(skipped),
        versions=len(versions),
    )


def _flip(instances: Sequence[tuple[Recorded, Answer]]) -> Flip:
    record, answer = max(instances, key=lambda instance: instance[0].at)
    return Flip(opens=answer.allowed, count=len(instances), example=record, after=answer)


def _unfit(record: Recorded | None, version: Rehearsal) -> Why | None:
    """Why a line can not be asked again, if so."""
    if record is None:
        return "unreadable"
    if record.reason_code in _NOT_JUDGED:
        return "not judged"
    if record.masked:
        rules = version.rules(str(record.event.get("service")), str(record.event.get("intent")))
        if any(_looks_at(rule, record.masked) for rule in rules):
            return "masked"
    return None


def _looks_at(rule: Rule, masked: frozenset[tuple[str, ...]]) -> bool:
    """Whether a condition looks at a masked field, at something in it, or at all that is around it.

    Whether something is there around it is known, though.
    """
    return any(
        mention.path[: len(hidden)] == hidden
        or (mention.how != "has" and hidden[: len(mention.path)] == mention.path)
        for mention in _mentioned(rule.text)
        for hidden in masked
    )


@lru_cache(maxsize=4096)
def _mentioned(text: str) -> tuple[Mention, ...]:
    (anatomy,) = dissect((text,))
    return tuple(mention for term in anatomy.terms for mention in mentions(term.words))
