"""Asks recorded questions of another version, and finds those that it would decide otherwise. Pure.

A recorded decision is a line of the decide function's log. A value that was masked there is lost: if the
version reads it, the decision is skipped, and counted as skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from policies.calls.deciding.model import Answer
from policies.calls.deciding.reason_codes import ReasonKind, codes_of
from policies.calls.language.policy_parts import parts_of
from policies.calls.rehearsing.context_reads import ContextRead, policy_reads
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.documents import Rule

SkipReason = Literal["not judged", "masked", "unreadable"]
"""The policies were not asked then; a value that they read is masked; the line is not a decision."""
_NOT_JUDGED = codes_of(ReasonKind.REFUSED, ReasonKind.UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """One decision as it was logged; `masked` are the paths of the fields whose values were left out."""

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
    """One question that would be decided otherwise, and how often it was asked; `example` is the latest."""

    opens: bool
    count: int
    example: RecordedDecision
    after: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The result of a replay: `decisions` is the sum of `same`, of the flips' counts and of `skipped`.

    `versions` counts the versions that had decided.
    """

    decisions: int
    same: int
    flips: tuple[Flip, ...]
    skipped: Mapping[SkipReason, int]
    versions: int

    @property
    def flipped(self) -> int:
        """How many decisions would be made otherwise."""
        return sum(flip.count for flip in self.flips)


def replay(records: Iterable[RecordedDecision | None], version: Rehearsal) -> Replay:
    """Ask the version each recorded question, at its time. None stands for a line that cannot be read."""
    same = decisions = 0
    skipped: Counter[SkipReason] = Counter()
    flips: dict[object, list[tuple[RecordedDecision, Answer]]] = {}
    versions = set[str | None]()
    for record in records:
        decisions += 1
        why = _skip_reason(record, version)
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
    found = [_flip_of(instances) for instances in flips.values()]
    return Replay(
        decisions=decisions,
        same=same,
        flips=tuple(sorted(found, key=lambda flip: (-flip.count, repr(flip.example.event)))),
        skipped=dict(skipped),
        versions=len(versions),
    )


def _flip_of(instances: Sequence[tuple[RecordedDecision, Answer]]) -> Flip:
    record, answer = max(instances, key=lambda instance: instance[0].at)
    return Flip(opens=answer.allowed, count=len(instances), example=record, after=answer)


def _skip_reason(record: RecordedDecision | None, version: Rehearsal) -> SkipReason | None:
    """Why a record cannot be replayed; None if it can."""
    if record is None:
        return "unreadable"
    if record.reason_code in _NOT_JUDGED:
        return "not judged"
    if record.masked:
        rules = version.rules(str(record.event.get("service")), str(record.event.get("intent")))
        if any(_reads_masked(rule, record.masked) for rule in rules):
            return "masked"
    return None


def _reads_masked(rule: Rule, masked: frozenset[tuple[str, ...]]) -> bool:
    """Whether a condition reads a masked field, a field inside it, or an object that contains it.

    Testing such an object for presence is no matter: the log shows that it was there.
    """
    return any(
        read.path[: len(hidden)] == hidden or (read.how != "has" and hidden[: len(read.path)] == read.path)
        for read in _reads(rule.text)
        for hidden in masked
    )


@lru_cache(maxsize=4096)
def _reads(text: str) -> tuple[ContextRead, ...]:
    return policy_reads(parts_of(text))
