"""Proposals: versions that could become current, with what they take and what they change. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from policies.calls.language.cases import Case
from policies.calls.rehearsing.case_gate import require_cases_pass, require_protected_cases
from policies.calls.store.policy_store import Pointer, PolicyStore
from policies.calls.versions.comparison import PolicyDifference, changed_rules, difference_of
from policies.calls.versions.documents import Item
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.pending_documents import PendingDocuments
from policies.calls.versions.revise import Revision
from policies.calls.versions.slices import PolicyVersion
from policies.calls.versions.version import StoredVersion

MAX_IDS = 100
"""Ids that a record lists of each kind; the number says how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A version that could take the place of `before`; `items` are to be stored, besides its root."""

    before: Pointer | None
    root: Item
    items: tuple[Item, ...]
    policies: int
    slices: int
    difference: PolicyDifference

    @property
    def version(self) -> str:
        """The name of the version."""
        return self.root.digest

    def require_cases_pass(self, store: PolicyStore, more: Iterable[Case] = ()) -> None:
        """Run its cases, and `more`; those that the version before protects have to be among them.

        Raises CasesFailedError, ProtectedCaseError, InvalidCaseError or StoreError.
        """
        documents = PendingDocuments(store, (*self.items, self.root))
        version = StoredVersion(documents, self.version)
        if self.before is not None:
            # a current version that cannot be read is a reason to replace it
            with suppress(StoreCorruptError):
                require_protected_cases(StoredVersion(store, self.before.version), version)
        require_cases_pass(version, documents, more)


def full_proposal(version: PolicyVersion, store: PolicyStore, before: Pointer | None) -> Proposal:
    """Propose a cut version as it is, without the documents that the current version has already.

    Reads of the current version only what differs.
    """
    after = StoredVersion(PendingDocuments(store, version.items), version.version)
    changed: PolicyDifference | None = None
    known = set[str]()
    if before is not None:
        now = StoredVersion(store, before.version)
        try:
            known = _shared_documents(now, after)
            changed = difference_of(now, changed_rules(now, after).items())
        except StoreCorruptError:
            # the current version cannot be read, so none of its documents are relied on
            known = set()
    if changed is None:
        changed = PolicyDifference(added=tuple(sorted(rule.id for rule, _ in after.policies())))
    return Proposal(
        before=before,
        root=version.root,
        items=tuple(entry for entry in version.items[:-1] if entry.digest not in known),
        policies=version.policies,
        slices=len(version.slices),
        difference=changed,
    )


def revision_proposal(revision: Revision, before: Pointer) -> Proposal:
    """Propose the current version with a change."""
    return Proposal(
        before=before,
        root=revision.root,
        items=revision.items,
        policies=revision.policies,
        slices=sum(item.kind == "slice" for item in revision.items),
        difference=revision.difference,
    )


def difference_details(changed: PolicyDifference) -> dict[str, Any]:
    """A difference as an audit entry has it: the number of policies, and the first hundred ids."""
    return {
        kind: {"count": len(names), "ids": list(names[:MAX_IDS])}
        for kind, names in (
            ("added", changed.added),
            ("removed", changed.removed),
            ("replaced", changed.replaced),
        )
    }


def _shared_documents(now: StoredVersion, after: StoredVersion) -> set[str]:
    """The digests of documents of a new version that the current one has, too, for the same principal."""
    known = {now.root.schema, now.root.cases, now.root.index, *now.index.buckets.values()}
    for principal in after.principals():
        was, name = now.manifest_name(principal), after.manifest_name(principal)
        if was is not None:
            one = after if was == name else now
            known |= {was, *(part for place in one.places(principal) for part in one.slice_names(place))}
    return known
