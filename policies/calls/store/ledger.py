"""The writing half of the store: every change is one transaction, and an audit entry is part of it.

    root        is put, or, when a version comes back or a draft is activated, has to be there
    was         notes that the version was current; when one comes back, has to say so
    pointer     still names what the change was made from
    draft       is put, or, when it is activated or discarded, has to be there
    entry       has the next number, which nobody else took
    head        is still the entry that the new one follows

All of it happens or nothing does. When only the head has moved on (somebody recorded something else) the
entry is made anew and tried again; when the pointer has, the change was made from something that is gone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from policies.calls.store.errors import DraftGoneError, PublishConflictError, StoreUnreachableError
from policies.calls.store.reading import POINTER_KEY, Pointer, PolicyStore, document, key
from policies.calls.store.table import CancelledError, DynamoItem, DynamoTable
from policies.calls.trail.chain import (
    MAX_ENTRY_BYTES,
    AuditRecord,
    ChainEntry,
    ChainHead,
    ChainLink,
    next_entry,
)
from policies.calls.versions.documents import Item
from policies.calls.versions.errors import StoreCorruptError, TooLargeError

_ATTEMPTS = 10
_HEAD: DynamoItem = {"pk": {"S": "audit-head"}, "sk": {"S": "current"}}
_DEPLOYED: DynamoItem = {"pk": {"S": "deployed"}, "sk": {"S": "current"}}
_EXPORTED: DynamoItem = {"pk": {"S": "audit-export"}, "sk": {"S": "current"}}
_FAILED = "ConditionalCheckFailed"
_DRAFTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerMove:
    """Make a root current: one to be put, or the name of one that is there, if `expected` still is current.

    `returning`: it has to have been current before. `deployed` is the version that the policy folder gave.
    """

    root: Item | str
    expected: Pointer | None
    returning: bool = False
    deployed: str | None = None

    @property
    def version(self) -> str:
        """The version that becomes current."""
        return self.root if isinstance(self.root, str) else self.root.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """A draft to be put, with the root of the version that it proposes."""

    id: str
    body: str
    root: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a transaction left: its audit entry, and the pointer if it moved."""

    entry: ChainEntry
    pointer: Pointer | None


class PolicyLedger:
    """Everything that may be written to one policy table besides documents."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`client` is a DynamoDB client; `jitter` gives numbers from 0 to 1."""
        self._table = DynamoTable(client, table)
        self._store = PolicyStore(client, table)
        self._sleep = sleep
        self._now = now
        self._jitter = jitter
        self.table = table

    def commit(
        self,
        record: AuditRecord,
        *,
        move: PointerMove | None = None,
        draft: StoredDraft | None = None,
        drop: str | None = None,
    ) -> Committed:
        """Do it and record it. After PublishConflictError, DraftGoneError or StoreError nothing has changed.

        `drop` is the id of a draft that ends with this.
        """
        for attempt in range(_ATTEMPTS):
            at = self._now()
            entry = next_entry(self.head(), record, at.isoformat())
            size = len(entry.body.encode())
            if size > MAX_ENTRY_BYTES:
                raise TooLargeError(what="the audit entry", size=size, limit=MAX_ENTRY_BYTES)
            pointer = None if move is None else _moved(move, at)
            steps = dict(self._steps(entry, move, pointer, draft, drop, at))
            try:
                self._table.transact(list(steps.values()))
            except CancelledError as error:
                failed = {name for name, code in zip(steps, error.codes, strict=False) if code == _FAILED}
                self._refuse(failed, move, draft, drop, error)
            else:
                return Committed(entry=entry, pointer=pointer)
            self._sleep(self._jitter() * 0.02 * 2 ** min(attempt, 5))
        raise StoreUnreachableError(
            f"the store could not record the change in {_ATTEMPTS} attempts: others write at the same time",
            table=self.table,
            hint="try again",
        )

    def head(self) -> ChainHead:
        """The end of the audit trail."""
        item = self._table.get(_HEAD)
        if item is None:
            return ChainHead()
        try:
            return ChainHead(sequence=int(item["sequence"]["N"]), digest=item["digest"]["S"])
        except (KeyError, ValueError) as error:
            raise StoreCorruptError(
                "the head of the audit trail is not readable", table=self.table
            ) from error

    def head_at(self, sequence: int) -> ChainHead:
        """The end that the trail had when it had this many entries."""
        if sequence == 0:
            return ChainHead()
        item = self._table.get({"pk": {"S": "audit"}, "sk": {"S": _number(sequence)}})
        if item is None:
            raise StoreCorruptError(f"the audit entry {sequence} is not in the store", table=self.table)
        return ChainHead(sequence=sequence, digest=self._link(item).digest)

    def exported(self) -> str | None:
        """What was noted of the last export."""
        item = self._table.get(_EXPORTED)
        return None if item is None else str(item["body"]["S"])

    def note_exported(self, body: str, sequence: int) -> None:
        """Note an export that goes up to this entry, unless a later one is noted already."""
        item = {**_EXPORTED, "body": {"S": body}, "sequence": {"N": str(sequence)}}
        self._table.put_larger(item, "sequence")

    def links(self, *, after: int = 0, limit: int) -> tuple[ChainLink, ...]:
        """Entries after this number, oldest first."""
        return tuple(map(self._link, self._table.query("audit", after=_number(after), limit=limit)))

    def links_back(self, *, before: int | None = None, limit: int) -> tuple[ChainLink, ...]:
        """Entries before this number, newest first; from the end if not said."""
        until = "~" if before is None else _number(before)
        return tuple(map(self._link, self._table.query("audit", before=until, limit=limit, newest=True)))

    def all_links(self, *, after: int = 0, page: int = 200) -> Iterator[ChainLink]:
        """Every entry after this number, oldest first."""
        while found := self.links(after=after, limit=page):
            yield from found
            after += len(found)

    def was_current(self, version: str) -> bool:
        """Whether a version was current once and is still kept."""
        return self._table.get(was_current_key(version)) is not None

    def draft(self, name: str) -> str | None:
        """The body of a draft."""
        item = self._table.get(_draft(name))
        return None if item is None else str(item["body"]["S"])

    def drafts(self) -> tuple[str, ...]:
        """The bodies of all drafts."""
        return tuple(str(item["body"]["S"]) for item in self._table.query("draft", limit=_DRAFTS))

    def deployed(self) -> str | None:
        """The version that the policy folder last gave, or None."""
        item = self._table.get(_DEPLOYED)
        return None if item is None else str(item["version"]["S"])

    def note_deployed(self, version: str) -> None:
        """Note what the policy folder gave when that was current already."""
        self._table.put({**_DEPLOYED, "version": {"S": version}})

    def _steps(
        self,
        entry: ChainEntry,
        move: PointerMove | None,
        pointer: Pointer | None,
        draft: StoredDraft | None,
        drop: str | None,
        at: datetime,
    ) -> Iterator[tuple[str, DynamoItem]]:
        root = draft.root if draft else move.root if move else None
        if isinstance(root, str):
            there = "attribute_exists(pk)"
            yield "root", {"ConditionCheck": {"Key": key("root", root), "ConditionExpression": there}}
        elif root is not None:
            yield "root", {"Put": {"Item": document(root, at)}}
        if move is not None and pointer is not None:
            yield "pointer", {"Put": {"Item": _pointer(pointer), **_still(move.expected)}}
            if move.returning:
                there = "attribute_exists(pk)"
                yield (
                    "was",
                    {"ConditionCheck": {"Key": was_current_key(move.version), "ConditionExpression": there}},
                )
            else:
                yield "was", {"Put": {"Item": {**was_current_key(move.version), "at": {"S": at.isoformat()}}}}
            if move.deployed is not None:
                yield "deployed", {"Put": {"Item": {**_DEPLOYED, "version": {"S": move.deployed}}}}
        if draft is not None:
            yield "draft", {"Put": {"Item": {**_draft(draft.id), "body": {"S": draft.body}}}}
        if drop is not None:
            yield "draft", {"Delete": {"Key": _draft(drop), "ConditionExpression": "attribute_exists(pk)"}}
        link = {"body": {"S": entry.body}, "digest": {"S": entry.digest}}
        place = {"pk": {"S": "audit"}, "sk": {"S": _number(entry.sequence)}}
        yield "entry", {"Put": {"Item": {**place, **link}, "ConditionExpression": "attribute_not_exists(pk)"}}
        yield "head", {"Put": {"Item": _head(entry.head), **_follows(entry)}}

    def _refuse(
        self,
        failed: set[str],
        move: PointerMove | None,
        draft: StoredDraft | None,
        drop: str | None,
        error: CancelledError,
    ) -> None:
        """Raise for a condition that will not hold at the next attempt either."""
        if "draft" in failed:
            raise DraftGoneError(drop or (draft.id if draft else "")) from error
        if move is None:
            return
        if failed & {"root", "was"}:
            raise StoreCorruptError(
                f"the root `{move.version}` is not in the store", table=self.table
            ) from error
        if "pointer" in failed:
            found = self._store.pointer()
            raise PublishConflictError(
                table=self.table,
                expected=move.expected.version if move.expected else None,
                found=found.version if found else None,
            ) from error

    def _link(self, item: DynamoItem) -> ChainLink:
        try:
            return ChainLink(body=item["body"]["S"], digest=item["digest"]["S"])
        except KeyError as error:
            raise StoreCorruptError("an audit entry is not readable", table=self.table) from error


def was_current_key(version: str) -> DynamoItem:
    """The key of the mark that a version was current."""
    return {"pk": {"S": f"was#{version}"}, "sk": {"S": "current"}}


def _moved(move: PointerMove, at: datetime) -> Pointer:
    sequence = 1 if move.expected is None else move.expected.sequence + 1
    return Pointer(version=move.version, sequence=sequence, published_at=at.isoformat())


def _pointer(pointer: Pointer) -> DynamoItem:
    return {
        **POINTER_KEY,
        "version": {"S": pointer.version},
        "sequence": {"N": str(pointer.sequence)},
        "published_at": {"S": pointer.published_at},
    }


def _head(head: ChainHead) -> DynamoItem:
    return {**_HEAD, "sequence": {"N": str(head.sequence)}, "digest": {"S": head.digest}}


def _still(expected: Pointer | None) -> DynamoItem:
    """The condition on the pointer; its sequence tells a version that came back from one that stayed."""
    if expected is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#version = :version AND #sequence = :sequence",
        "ExpressionAttributeNames": {"#version": "version", "#sequence": "sequence"},
        "ExpressionAttributeValues": {
            ":version": {"S": expected.version},
            ":sequence": {"N": str(expected.sequence)},
        },
    }


def _follows(entry: ChainEntry) -> DynamoItem:
    """The condition on the head: it is still the entry that this one names as the one before."""
    if entry.sequence == 1:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#digest = :digest",
        "ExpressionAttributeNames": {"#digest": "digest"},
        "ExpressionAttributeValues": {":digest": {"S": entry.previous}},
    }


def _draft(name: str) -> DynamoItem:
    return {"pk": {"S": "draft"}, "sk": {"S": name}}


def _number(sequence: int) -> str:
    """A number as a sort key."""
    return f"{sequence:016d}"
