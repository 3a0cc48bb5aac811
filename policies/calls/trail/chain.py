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
from typing import Any

from policies.calls.trail.errors import BrokenChainError

BEGIN = "0" * 64
"""The digest that the first entry names as the one before."""
MAX_ENTRY_BYTES = 128 * 1024
_FIELDS = {"sequence", "previous", "at", "actor", "action", "before", "after", "details"}
_CHECKPOINT_FIELDS = {"sequence", "digest", "at", "table", "key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The end of a chain: its number of entries, and the digest of the last one."""

    sequence: int = 0
    digest: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What an entry records: who (as AWS authenticated them) did what, and which version followed which.

    `details` are JSON values.
    """

    actor: str
    action: str
    before: str | None = None
    after: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


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
    def head(self) -> ChainHead:
        """The end of the chain that this entry is the last of."""
        return ChainHead(sequence=self.sequence, digest=self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """An entry as it is stored: its body, and the digest stored with it."""

    body: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A statement to be signed: at the time `at`, the chain of this table had this end.

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
    if not _is_integer(fields["sequence"]) or not all(
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
    """Read and verify the entries after `start`, one by one. Raises BrokenChainError at the first that fails.

    It cannot tell whether entries are missing at the end; checkpoints can.
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
    """Verify a whole chain against checkpoints whose signatures have been verified; returns its end.

    Raises BrokenChainError at the first entry that is wrong, contradicts a checkpoint, or is missing.
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


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
