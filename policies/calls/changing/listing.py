"""Lists policies, versions, history and the audit trail, as the admin function answers them, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from policies.calls.changing.errors import NotFoundError
from policies.calls.changing.records import (
    AuditAction,
    AuditEntry,
    AuditPage,
    CallRecord,
    HistoryEntry,
    HistoryPage,
    PolicyPage,
    PolicyRecord,
    VersionRecord,
)
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.trail.chain import ChainEntry, entry_from
from policies.calls.versions.catalogue import catalogue_of, declared_ids
from policies.calls.versions.documents import Rule, RulePlace
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.version import StoredVersion

MAX_PAGE_BYTES = 4 * 1024 * 1024
"""Of policy texts in one page; Lambda returns at most 6 MB."""
POINTER_MOVES = frozenset(
    {AuditAction.PUBLISH, AuditAction.PUT, AuditAction.DELETE, AuditAction.ROLLBACK, AuditAction.ACTIVATE}
)
_MAX_SCANNED = 2000
"""Audit entries that are read for one page of the history."""


def policy_page(base: StoredVersion, *, after: str | None, limit: int) -> PolicyPage:
    """A page of a version's policies, after the policy with this id."""
    if after is not None and base.find(after) is None:
        raise NotFoundError(
            f"there is no policy `{after}` to go on after", hint="begin again without `after`"
        )
    found: list[PolicyRecord] = []
    size = 0
    for rule, place in base.policies(after):
        size += 6 * len(rule.text)
        if len(found) == limit or (found and size > MAX_PAGE_BYTES):
            return PolicyPage(version=base.version, policies=found, next=found[-1].id)
        found.append(policy_record(base, rule, place))
    return PolicyPage(version=base.version, policies=found, next=None)


def policy_record(base: StoredVersion, rule: Rule, place: RulePlace) -> PolicyRecord:
    """A rule of a version as the interface shows it."""
    principal, action = place
    return PolicyRecord(
        id=rule.id,
        effect=rule.effect,
        reason=rule.reason,
        principal=principal,
        action=action,
        resource=rule.target,
        text=rule.text,
        declared=rule.id in declared_ids(base, principal),
    )


def version_record(base: StoredVersion) -> VersionRecord:
    """Everything in a version but its policies."""
    catalogue = catalogue_of(base)
    return VersionRecord(
        version=base.version,
        schema=base.schema,
        services=list(catalogue.services),
        intents=list(base.root.intents),
        calls=[
            CallRecord(caller=call.caller, callee=call.callee, intent=call.intent) for call in catalogue.calls
        ],
        cases=[dict(case) for case in base.cases.cases],
        policies=base.index.policies,
    )


def find_version(store: PolicyStore, name: str) -> StoredVersion:
    """A version by its name. Raises NotFoundError."""
    version = StoredVersion(store, name)
    try:
        version.root  # noqa: B018 - reads it
    except StoreCorruptError as error:
        raise NotFoundError(f"there is no version `{name}`", hint="look at the history") from error
    return version


def history_page(ledger: PolicyLedger, *, before: int | None, limit: int) -> HistoryPage:
    """A page of the changes before this audit entry, newest first."""
    found: list[HistoryEntry] = []
    last: int | None = before
    for seen, entry in enumerate(_backwards(ledger, before), start=1):
        if entry.record.action in POINTER_MOVES:
            found.append(_history_entry(entry))
        last = entry.sequence
        if len(found) == limit or seen == _MAX_SCANNED:
            return HistoryPage(entries=found, next=last if last > 1 else None)
    return HistoryPage(entries=found, next=None)


def audit_page(ledger: PolicyLedger, *, after: int, limit: int) -> AuditPage:
    """A page of the audit entries after this number, oldest first."""
    links = ledger.links(after=after, limit=min(limit, 200))
    more = bool(links) and ledger.head().sequence > after + len(links)
    return AuditPage(
        entries=[AuditEntry(body=link.body, digest=link.digest, signature=link.signature) for link in links],
        next=after + len(links) if more else None,
    )


def _backwards(ledger: PolicyLedger, before: int | None) -> Iterator[ChainEntry]:
    while links := ledger.links_back(before=before, limit=100):
        for link in links:
            entry = entry_from(link.body, 0)
            before = entry.sequence
            yield entry
        if before == 1:
            return


def _history_entry(entry: ChainEntry) -> HistoryEntry:
    record = entry.record
    changes = {kind: _ids(record.details.get(kind)) for kind in ("added", "removed", "replaced")}
    return HistoryEntry(
        sequence=entry.sequence,
        version=str(record.after),
        before=record.before,
        at=entry.at,
        actor=record.actor,
        action=AuditAction(record.action),
        note=str(record.details.get("note", "")),
        **changes,
    )


def _ids(value: object) -> list[str]:
    """The ids in an entry's details: a list, or an object with `ids` and `count`."""
    listed = value.get("ids") if isinstance(value, dict) else value
    return [str(name) for name in listed] if isinstance(listed, list) else []
