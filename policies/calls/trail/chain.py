"""The audit trail: a chain of entries, each of which holds the digest of the one before. Pure.

    entry 1          entry 2                    entry N
    previous: 000    previous: digest(entry 1)  previous: digest(entry N-1)     checkpoint: N, digest(entry N)

An entry is canonical JSON and its digest is over those bytes, so no byte can change unnoticed while a later
entry stands. What a chain alone cannot show is that its end was cut off, or that all of it was written anew:
that is what signed checkpoints are for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.calls.trail.errors import BrokenChainError

BEGIN = "0" * 64
"""What the first entry has in the place of a digest before it."""
MAX_ENTRY_BYTES = 128 * 1024
_FIELDS = {"sequence", "previous", "at", "actor", "action", "before", "after", "details"}
_CHECKPOINT_FIELDS = {"sequence", "digest", "at", "table", "key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The end of a chain: how many entries it has, and the digest of the last."""

    sequence: int = 0
    digest: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Something that was done: by whom, as AWS authenticated them, and to which version, from which.

    `details` are JSON values.
    """

    actor: str
    action: str
    before: str | None = None
    after: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One link: the record, its place in the chain, and when it was made (ISO 8601, UTC)."""

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
        """Its name in the next entry."""
        return digest(self.body)

    @property
    def head(self) -> ChainHead:
        """The end of the chain, once this is its last entry."""
        return ChainHead(sequence=self.sequence, digest=self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """An entry as it is kept: its body, and the digest that it was stored under."""

    body: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A statement to be signed: at this time the chain of this table had this end.

    `key` is the ARN of the key that signs it.
    """

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
                "sequence": self.sequence,
                "digest": self.digest,
                "at": self.at,
                "table": self.table,
                "key": self.key,
            }
        )


def next_entry(head: ChainHead, record: AuditRecord, at: str) -> ChainEntry:
    """The entry that records this after the given end of the chain."""
    return ChainEntry(sequence=head.sequence + 1, previous=head.digest, at=at, record=record)


def digest(body: str) -> str:
    """The digest of an entry's body: SHA-256 in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def canonical_json(fields: Mapping[str, Any]) -> str:
    """JSON with one form for one value: sorted names, no blanks, plain ASCII."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def entry_from(body: str, position: int) -> ChainEntry:
    """Read an entry. Raises BrokenChainError, naming `position`, for anything but its canonical form."""
    fields = _read(body, _FIELDS, position, "it is not an entry")
    if not _whole(fields["sequence"]) or not all(
        isinstance(fields[name], str) for name in ("previous", "at", "actor", "action")
    ):
        raise BrokenChainError(position, "it is not an entry")
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
    """Read a checkpoint. Raises BrokenChainError at entry 0 for anything but its canonical form."""
    fields = _read(body, _CHECKPOINT_FIELDS, 0, "the checkpoint is not readable")
    if not _whole(fields["sequence"]) or not all(
        isinstance(fields[name], str) for name in ("digest", "at", "table", "key")
    ):
        raise BrokenChainError(0, "the checkpoint is not readable")
    return Checkpoint(
        sequence=fields["sequence"],
        digest=fields["digest"],
        at=fields["at"],
        table=fields["table"],
        key=fields["key"],
    )


def verified_entries(links: Iterable[ChainLink], start: ChainHead | None = None) -> Iterator[ChainEntry]:
    """Go through the entries after `start`, verifying each. Raises BrokenChainError at the first that fails.

    That the last one here is the last that was made is for a checkpoint to say.
    """
    head = start or ChainHead()
    for link in links:
        position = head.sequence + 1
        if digest(link.body) != link.digest:
            raise BrokenChainError(position, "its content is not what its digest names")
        entry = entry_from(link.body, position)
        if entry.sequence != position:
            raise BrokenChainError(position, f"entry {entry.sequence} stands in its place")
        if entry.previous != head.digest:
            raise BrokenChainError(position, f"it does not follow entry {head.sequence} as that stands here")
        head = entry.head
        yield entry


def verify_chain(links: Iterable[ChainLink], checkpoints: Iterable[Checkpoint]) -> ChainHead:
    """Verify a whole chain against checkpoints whose signatures hold; returns its end.

    Raises BrokenChainError at the first link that does not hold, or that a checkpoint contradicts or misses.
    """
    promised = sorted({(point.sequence, point.digest) for point in checkpoints})
    head, waiting = ChainHead(), iter(promised)
    following_point = next(waiting, None)
    for entry in verified_entries(links):
        head = entry.head
        while following_point is not None and following_point[0] <= head.sequence:
            if following_point != (head.sequence, head.digest):
                raise BrokenChainError(head.sequence, "a signed checkpoint names another digest for it")
            following_point = next(waiting, None)
    if following_point is not None:
        raise BrokenChainError(
            head.sequence + 1, f"it is missing: a signed checkpoint says there were {promised[-1][0]} entries"
        )
    return head


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


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
