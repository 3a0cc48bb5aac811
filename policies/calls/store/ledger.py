"""Changes the policy table: each change is one transaction, of which an audit entry is a part.

When only the audit trail has moved on (another change was recorded meanwhile) the entry is made anew, and the
transaction tried again. When the pointer has moved, the change was made from a version that is no longer
current, and is refused. What a transaction consists of is in transaction.py.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from policies.calls.store.errors import (
    DraftGoneError,
    PublishConflictError,
    ReplayedRequestError,
    StoreUnreachableError,
)
from policies.calls.store.policy_store import Pointer, PolicyStore
from policies.calls.store.table import CancelledError, DynamoItem, DynamoTable
from policies.calls.store.transaction import (
    DEPLOYED_KEY,
    HEAD_KEY,
    LedgerChange,
    PointerMove,
    StepName,
    StoredDraft,
    draft_key,
    entry_key,
    sort_key,
    was_current_key,
)
from policies.calls.trail.chain import (
    MAX_ENTRY_BYTES,
    AuditRecord,
    ChainEntry,
    ChainHead,
    ChainLink,
    next_entry,
)
from policies.calls.versions.errors import StoreCorruptError, TooLargeError

_ATTEMPTS = 10
_FAILED = "ConditionalCheckFailed"
_MAX_DRAFTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a transaction left: its audit entry, and the pointer if it moved."""

    entry: ChainEntry
    pointer: Pointer | None


class PolicyLedger:
    """The audit trail of one policy table, its drafts, and every change of its pointer."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        sign: Callable[[str], str] | None = None,
    ) -> None:
        """`client` is a DynamoDB client; `sleep` waits between attempts, `jitter` gives 0 to 1.

        `sign` signs the statement of an entry before it is put, so that nobody who may only write the table
        can make one up; None where the trail is not signed.
        """
        self._table = DynamoTable(client, table)
        self._store = PolicyStore(client, table)
        self._sleep = sleep
        self._now = now
        self._jitter = jitter
        self._sign = sign
        self.table = table

    def commit(
        self,
        record: AuditRecord,
        *,
        move: PointerMove | None = None,
        draft: StoredDraft | None = None,
        drop: str | None = None,
    ) -> Committed:
        """Make a change and record it: move the pointer, put a draft, or end the draft with the id `drop`.

        Raises PublishConflictError, DraftGoneError, TooLargeError or StoreError; then nothing has changed.
        """
        change = LedgerChange(move=move, draft=draft, drop=drop)
        for attempt in range(_ATTEMPTS):
            at = self._now()
            entry = next_entry(self.head(), record, at.isoformat())
            size = len(entry.body.encode())
            if size > MAX_ENTRY_BYTES:
                raise TooLargeError(what="the audit entry", size=size, limit=MAX_ENTRY_BYTES)
            signature = self._sign(entry.statement) if self._sign else ""
            steps = dict(change.steps(entry, at, signature))
            try:
                self._table.transact(list(steps.values()))
            except CancelledError as error:
                failed = {name for name, code in zip(steps, error.codes, strict=False) if code == _FAILED}
                self._raise_lasting(failed, change, error)
            else:
                return Committed(entry=entry, pointer=move.pointer(at) if move else None)
            self._sleep(self._jitter() * 0.02 * 2 ** min(attempt, 5))
        raise StoreUnreachableError(
            f"the store could not record the change in {_ATTEMPTS} attempts: others write at the same time",
            table=self.table,
            hint="try again",
        )

    def head(self) -> ChainHead:
        """The end of the audit trail."""
        item = self._table.get(HEAD_KEY)
        if item is None:
            return ChainHead()
        try:
            return ChainHead(sequence=int(item["sequence"]["N"]), digest=item["digest"]["S"])
        except (KeyError, ValueError) as error:
            raise StoreCorruptError(
                "the head of the audit trail is not readable", table=self.table
            ) from error

    def link_at(self, sequence: int) -> ChainLink | None:
        """The entry with this number."""
        item = self._table.get(entry_key(sequence))
        return None if item is None else self._link(item)

    def links(self, *, after: int = 0, limit: int) -> tuple[ChainLink, ...]:
        """Entries after this number, oldest first."""
        return tuple(map(self._link, self._table.query("audit", after=sort_key(after), limit=limit)))

    def links_back(self, *, before: int | None = None, limit: int) -> tuple[ChainLink, ...]:
        """Entries before this number, or from the end if it is None; newest first."""
        until = "~" if before is None else sort_key(before)
        return tuple(map(self._link, self._table.query("audit", before=until, limit=limit, newest=True)))

    def all_links(self, *, after: int = 0, page: int = 200) -> Iterator[ChainLink]:
        """Every entry after this number, oldest first."""
        while found := self.links(after=after, limit=page):
            yield from found
            after += len(found)

    def was_current(self, version: str) -> bool:
        """Whether a version was current before and is still kept."""
        return self._table.get(was_current_key(version)) is not None

    def draft(self, name: str) -> str | None:
        """The body of a draft."""
        item = self._table.get(draft_key(name))
        return None if item is None else str(item["body"]["S"])

    def drafts(self) -> tuple[str, ...]:
        """The bodies of all drafts."""
        return tuple(str(item["body"]["S"]) for item in self._table.query("draft", limit=_MAX_DRAFTS))

    def deployed(self) -> str | None:
        """The version that the policy folder last gave, or None."""
        item = self._table.get(DEPLOYED_KEY)
        return None if item is None else str(item["version"]["S"])

    def note_deployed(self, version: str) -> None:
        """Note the version that the policy folder gave, where no change is committed with it."""
        self._table.put({**DEPLOYED_KEY, "version": {"S": version}})

    def _raise_lasting(self, failed: set[StepName], change: LedgerChange, error: CancelledError) -> None:
        """Raise for a condition that would not hold at the next attempt either."""
        move, draft = change.move, change.draft
        if "nonce" in failed:
            raise ReplayedRequestError from error
        if "draft" in failed:
            raise DraftGoneError(change.drop or (draft.id if draft else "")) from error
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
            return ChainLink(
                body=item["body"]["S"],
                digest=item["digest"]["S"],
                signature=item.get("signature", {}).get("S", ""),
            )
        except KeyError as error:
            raise StoreCorruptError("an audit entry is not readable", table=self.table) from error
