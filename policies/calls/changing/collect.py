"""Deletes the documents of versions that are no longer needed. It is safe beside readers and writers:

    reader     decides by a version for at most an hour after it was replaced (the largest staleness bound);
               no version is deleted that was replaced less than the grace period ago, which is two hours at
               least
    writer     puts every document again that the current version does not have, which makes it young; a
               document is deleted only if it is old, and was not written again since it was found
    rollback   needs the root of its version; roots are deleted first, each in a transaction that also checks
               that the pointer has not moved

Kept are the current version, the last ones, those of drafts and of the policy folder, and everything that is
younger than the grace period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.calls.changing.listing import POINTER_MOVES
from policies.calls.changing.records import Collected, DraftRecord
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import POINTER_KEY, Pointer, PolicyStore
from policies.calls.store.table import CancelledError, DynamoItem, DynamoTable
from policies.calls.store.transaction import was_current_key
from policies.calls.trail.chain import AuditRecord, ChainEntry, entry_from
from policies.calls.versions.version import StoredVersion

MIN_GRACE = timedelta(hours=2)
_KINDS = frozenset({"root", "manifest", "slice", "schema", "index", "bucket", "cases"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept: this many of the last versions, and everything younger than `grace`."""

    versions: int = 100
    grace: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        """Raise ValueError for a grace period that is shorter than a version may still decide."""
        if self.grace < MIN_GRACE or self.versions < 1:
            raise ValueError(f"keep at least one version, and everything for {MIN_GRACE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredItem:
    """A document in the table: its kind, its name, and when it was last written."""

    kind: str
    name: str
    written_at: DynamoItem

    @property
    def key(self) -> DynamoItem:
        return {"pk": {"S": f"{self.kind}#{self.name}"}, "sk": {"S": "body"}}

    def is_older(self, than: datetime) -> bool:
        return datetime.fromisoformat(self.written_at["S"]) < than


class Collector:
    """Deletes what is not needed from one policy table."""

    def __init__(
        self,
        client: Any,
        table: str,
        keeping: Retention,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ledger: PolicyLedger | None = None,
    ) -> None:
        """`client` is a DynamoDB client; `ledger` records the collection, by default unsigned."""
        self._table = DynamoTable(client, table)
        self._store = PolicyStore(client, table, now=now)
        self._ledger = ledger or PolicyLedger(client, table, now=now)
        self._keeping = keeping
        self._now = now

    def collect(self, *, actor: str, nonce: str | None = None, dry_run: bool = False) -> Collected:
        """Delete what is not needed, with an audit entry; `dry_run` only counts. Raises StoreError."""
        pointer = self._store.pointer()
        if pointer is None:
            return Collected(documents=0, kept=0, deleted=0, young=0)
        before = self._now() - self._keeping.grace
        wanted = self._versions_to_keep(pointer, before)
        found = tuple(self._documents())
        roots = [each for each in found if each.kind == "root"]
        dropped = [each for each in roots if each.name not in wanted and each.is_older(before)]
        if not dry_run:
            dropped = [each for each in dropped if self._drop_root(each, pointer)]
        gone = {each.name for each in dropped}
        marked = {name for each in roots if each.name not in gone for name in self._documents_of(each.name)}
        loose = [each for each in found if each.kind != "root" and (each.kind, each.name) not in marked]
        old = [each for each in loose if each.is_older(before)]
        if not dry_run:
            old = [each for each in old if self._table.delete_if(each.key, "written_at", each.written_at)]
        deleted = len(dropped) + len(old)
        result = Collected(
            documents=len(found),
            kept=len(found) - deleted,
            deleted=deleted,
            young=sum(not each.is_older(before) for each in loose),
        )
        if deleted and not dry_run:
            details = {**result.model_dump(), "versions": sorted(gone)[:100]}
            self._ledger.commit(AuditRecord(actor=actor, action="collect", details=details, nonce=nonce))
        return result

    def _versions_to_keep(self, pointer: Pointer, before: datetime) -> set[str]:
        """The versions that may still decide, become current, or be compared with."""
        drafts = [DraftRecord.model_validate_json(body) for body in self._ledger.drafts()]
        wanted = {pointer.version, *(name for draft in drafts for name in (draft.version, draft.base))}
        deployed = self._ledger.deployed()
        if deployed is not None:
            wanted.add(deployed)
        last = set[str]()
        replaced_at: datetime | None = None
        for entry in self._moves():
            version = str(entry.record.after)
            last.add(version)
            recent = replaced_at is None or replaced_at >= before
            if recent or len(last) <= self._keeping.versions:
                wanted.add(version)
            replaced_at = datetime.fromisoformat(entry.at)
            if len(last) > self._keeping.versions and replaced_at < before:
                break
        return wanted

    def _moves(self) -> Iterator[ChainEntry]:
        """The audit entries of changes of the current version, newest first."""
        before: int | None = None
        while links := self._ledger.links_back(before=before, limit=100):
            for link in links:
                entry = entry_from(link.body, 0)
                before = entry.sequence
                if entry.record.action in POINTER_MOVES:
                    yield entry
            if before == 1:
                return

    def _documents(self) -> Iterator[_StoredItem]:
        for item in self._table.scan("pk", "written_at"):
            kind, _, name = item["pk"]["S"].partition("#")
            if kind in _KINDS and "written_at" in item:
                yield _StoredItem(kind=kind, name=name, written_at=item["written_at"])

    def _drop_root(self, root: _StoredItem, pointer: Pointer) -> bool:
        """Delete a root and its mark of having been current, if pointer and root have not changed."""
        still = {
            "Key": POINTER_KEY,
            "ConditionExpression": "#sequence = :sequence",
            "ExpressionAttributeNames": {"#sequence": "sequence"},
            "ExpressionAttributeValues": {":sequence": {"N": str(pointer.sequence)}},
        }
        gone = {
            "Key": root.key,
            "ConditionExpression": "#at = :at",
            "ExpressionAttributeNames": {"#at": "written_at"},
            "ExpressionAttributeValues": {":at": root.written_at},
        }
        try:
            self._table.transact(
                [{"ConditionCheck": still}, {"Delete": gone}, {"Delete": {"Key": was_current_key(root.name)}}]
            )
        except CancelledError:
            return False
        return True

    def _documents_of(self, name: str) -> Iterator[tuple[str, str]]:
        """Kind and digest of every document of a version, but its root."""
        version = StoredVersion(self._store, name)
        root = version.root
        yield "schema", root.schema
        yield "cases", root.cases
        yield "index", root.index
        yield from (("bucket", digest) for digest in version.index.buckets.values())
        for principal in version.principals():
            yield "manifest", str(version.manifest_name(principal))
            for place in version.places(principal):
                yield from (("slice", digest) for digest in version.slice_names(place))
