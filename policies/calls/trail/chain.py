"""The audit trail as a hash chain: each entry holds the digest of the entry before. Pure.

    entry 1          entry 2                    entry N
    previous: 000    previous: digest(entry 1)  previous: digest(entry N-1)     checkpoint: N, digest(entry N)

An entry is canonical JSON, and its digest is over those bytes: no byte can change without breaking the chain
at the next entry. A chain alone cannot show that its end was cut off, or that all of it was written anew. For
that there are signed checkpoints.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from policies.calls.trail.errors import BrokenChainError

BEGIN = "0" * 64
"""The digest that the first entry names as the one before."""
MAX_ENTRY_BYTES = 128 * 1024
_FIELDS = {"sequence", "previous", "at", "actor", "action", "before", "after", "details"}
_CHECKPOINT_FIELDS = {"number", "previous", "sequence", "digest", "at", "table", "key"}
CLOCK_DIFFERENCE = timedelta(seconds=5)
"""How far the clocks of two instances of the function may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The end of a chain: its number of entries, and the digest of the last one."""

    sequence: int = 0
    digest: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What an entry records: who did what, and which version followed which.

    `actor` is the identity that was proved. `details` are JSON values. `nonce` is that of the proof: it is
    burnt with the entry, and no part of it.
    """

    actor: str
    action: str
    before: str | None = None
    after: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    nonce: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One entry: the record, its number and the digest before it, and when it was made (ISO 8601, UTC)."""

    sequence: int
    previous: str
    at: str
    record: AuditRecord

    @property
    def body(self) -> str:
        """The entry as it is stored and hashed."""
        return canonical_json(
            {
                "sequence": self.sequence,
                "previous": self.previous,
                "at": self.at,
                "actor": self.record.actor,
                "action": self.record.action,
                "before": self.record.before,
                "after": self.record.after,
                "details": self.record.details,
            }
        )

    @property
    def digest(self) -> str:
        """The digest by which the next entry names this one."""
        return digest(self.body)

    @property
    def statement(self) -> str:
        """What the function signs for it; KMS takes at most 4096 bytes, and an entry may have more."""
        return f"myelin-audit-entry-1 {self.digest}"

    @property
    def head(self) -> ChainHead:
        """The end of the chain that this entry is the last of."""
        return ChainHead(sequence=self.sequence, digest=self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """An entry as it is stored: its body, and the digest stored with it.

    `signature` is that of the function that wrote it (DER in base64); an export leaves it out, since there a
    checkpoint signs for every entry.
    """

    body: str
    digest: str
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A statement to be signed: at the time `at`, the chain of this table had this end.

    Checkpoints are a chain, too: `number` counts them from 1, `previous` is the digest of the body of the one
    before (BEGIN for the first). `key` is the ARN of the key that signs it.
    """

    number: int
    previous: str
    sequence: int
    digest: str
    at: str
    table: str
    key: str

    @property
    def body(self) -> str:
        """The bytes that are signed."""
        return canonical_json(
            {
                "number": self.number,
                "previous": self.previous,
                "sequence": self.sequence,
                "digest": self.digest,
                "at": self.at,
                "table": self.table,
                "key": self.key,
            }
        )


def next_entry(head: ChainHead, record: AuditRecord, at: str) -> ChainEntry:
    """The entry that follows a chain's end."""
    return ChainEntry(sequence=head.sequence + 1, previous=head.digest, at=at, record=record)


def digest(body: str) -> str:
    """The digest of an entry's body: SHA-256 in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def canonical_json(fields: Mapping[str, Any]) -> str:
    """JSON in one canonical form: sorted names, no white space, plain ASCII."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def entry_from(body: str, position: int) -> ChainEntry:
    """Read an entry. Raises BrokenChainError at `position` if it is not in canonical form."""
    fields = _read(body, _FIELDS, position, "it is not an entry")
    typed = (
        _is_integer(fields["sequence"])
        and all(isinstance(fields[name], str) for name in ("previous", "at", "actor", "action"))
        and all(isinstance(fields[name], str | None) for name in ("before", "after"))
        and isinstance(fields["details"], dict)
    )
    if not typed:
        raise BrokenChainError(position, "it is not an entry")
    read_time(fields["at"], position)
    return ChainEntry(
        sequence=fields["sequence"],
        previous=fields["previous"],
        at=fields["at"],
        record=AuditRecord(
            actor=fields["actor"],
            action=fields["action"],
            before=fields["before"],
            after=fields["after"],
            details=fields["details"],
        ),
    )


def checkpoint_from(body: str) -> Checkpoint:
    """Read a checkpoint. Raises BrokenChainError at entry 0 if it is not in canonical form."""
    fields = _read(body, _CHECKPOINT_FIELDS, 0, "the checkpoint is not readable")
    if not all(_is_integer(fields[name]) for name in ("number", "sequence")) or not all(
        isinstance(fields[name], str) for name in ("previous", "digest", "at", "table", "key")
    ):
        raise BrokenChainError(0, "the checkpoint is not readable")
    read_time(fields["at"], fields["sequence"])
    return Checkpoint(**fields)


def read_time(text: str, position: int) -> datetime:
    """A time of the trail. Raises BrokenChainError at `position` if it is not one, or has no time zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BrokenChainError(position, "its time is not readable") from error
    if time.tzinfo is None:
        raise BrokenChainError(position, "its time has no time zone")
    return time


def verified_entries(
    links: Iterable[ChainLink], start: ChainHead | None = None, *, since: datetime | None = None
) -> Iterator[ChainEntry]:
    """Read and verify the entries after `start`, one by one. Raises BrokenChainError at the first that fails.

    `since` is the time of the entry at `start`. It cannot tell whether entries are missing at the end;
    checkpoints can.
    """
    head, latest = start or ChainHead(), since
    for link in links:
        position = head.sequence + 1
        if digest(link.body) != link.digest:
            raise BrokenChainError(position, "its content is not what its digest names")
        entry = entry_from(link.body, position)
        if entry.sequence != position:
            raise BrokenChainError(position, f"entry {entry.sequence} stands in its place")
        if entry.previous != head.digest:
            raise BrokenChainError(position, f"it does not follow entry {head.sequence} as that stands here")
        at = read_time(entry.at, position)
        if latest is not None and at < latest - CLOCK_DIFFERENCE:
            raise BrokenChainError(position, "its time is before that of an earlier entry")
        head, latest = entry.head, at if latest is None else max(at, latest)
        yield entry


def verify_chain(links: Iterable[ChainLink], checkpoints: Iterable[Checkpoint]) -> ChainHead:
    """Verify a whole chain against checkpoints whose signatures have been verified; returns its end.

    Raises BrokenChainError at the first entry that is wrong, contradicts a checkpoint, or is missing.
    """
    promised = verified_checkpoints(checkpoints)
    head, waiting = ChainHead(), iter(promised)
    point = next(waiting, None)
    for entry in verified_entries(links):
        head = entry.head
        if point is None:
            continue
        if read_time(entry.at, head.sequence) > read_time(point.at, head.sequence) + CLOCK_DIFFERENCE:
            raise BrokenChainError(
                head.sequence, "its time is after that of the checkpoint that signs for it"
            )
        if point.sequence == head.sequence:
            if point.digest != head.digest:
                raise BrokenChainError(head.sequence, "a signed checkpoint names another digest for it")
            point = next(waiting, None)
    if point is not None:
        raise BrokenChainError(
            head.sequence + 1,
            f"it is missing: a signed checkpoint says there were {promised[-1].sequence} entries",
        )
    return head


def verified_checkpoints(checkpoints: Iterable[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Checkpoints by number, once each. Raises BrokenChainError unless they are one whole chain."""
    chain = sorted(set(checkpoints), key=lambda point: point.number)
    before: Checkpoint | None = None
    for expected, point in enumerate(chain, start=1):
        why = _breaks_chain(expected, point, before)
        if why:
            raise BrokenChainError(point.sequence, why)
        before = point
    return tuple(chain)


def _breaks_chain(expected: int, point: Checkpoint, before: Checkpoint | None) -> str:
    """Why a checkpoint is not the one with the number `expected` after `before`; empty if it is."""
    if point.number < expected:
        return f"there are two checkpoints {point.number}: the trail has a fork"
    if point.number > expected:
        return f"checkpoint {expected} is missing"
    if point.previous != (digest(before.body) if before else BEGIN):
        return f"checkpoint {point.number} does not name the one before it"
    if before is None:
        return "" if point.sequence > 0 else "its checkpoint signs for no entry"
    if point.sequence <= before.sequence:
        return f"checkpoint {point.number} signs for no more than the one before it"
    if (point.table, point.key) != (before.table, before.key):
        return f"checkpoint {point.number} is of another table or key"
    if read_time(point.at, point.sequence) < read_time(before.at, before.sequence) - CLOCK_DIFFERENCE:
        return f"the time of checkpoint {point.number} is before that of an earlier one"
    return ""


def _read(body: str, names: set[str], position: int, why: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
        same = isinstance(fields, dict) and fields.keys() == names and canonical_json(fields) == body
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenChainError(position, why) from error
    if not same:
        raise BrokenChainError(position, why)
    found: dict[str, Any] = fields
    return found


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
