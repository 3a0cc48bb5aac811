"""Deploys the policy folder: brings what changed there into the current version.

Meanwhile people may have changed single policies through the admin function. These changes stay, unless the
folder changed the same policy since it was last deployed:

    folder last time    folder now    current        becomes
    A                   A             anything       stays
    A                   B             A              B
    A                   B             A + theirs     B + theirs, unless both changed one policy

Everything here takes a version that has been cut already. Cut the folder once, and pass that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policies.calls.changing.errors import ApprovalRequiredError, MergeConflictError
from policies.calls.changing.proposals import (
    Proposal,
    difference_details,
    full_proposal,
    revision_proposal,
)
from policies.calls.store.errors import PublishConflictError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import Pointer, PolicyStore
from policies.calls.store.transaction import PointerMove
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.catalogue import catalogue_of
from policies.calls.versions.comparison import changed_rules
from policies.calls.versions.pending_documents import PendingDocuments
from policies.calls.versions.revise import Replacements, revise
from policies.calls.versions.slices import PolicyVersion
from policies.calls.versions.version import StoredVersion

MOVED_ITEMS = 5
"""What moving the pointer writes: root, pointer, mark of having been current, audit entry, head of the
trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a deployment did: the version that is current now, and the size of the set.

    `changed` is False when that version was current before and nothing was written; `written` counts items.
    """

    version: str
    changed: bool
    policies: int
    slices: int
    written: int


def deploy(
    version: PolicyVersion,
    store: PolicyStore,
    ledger: PolicyLedger,
    *,
    actor: str,
    nonce: str | None = None,
    approval: bool = False,
) -> Published:
    """Bring what changed in the policy folder into the current version, if the cases of that pass.

    `version` is the folder, cut. Cut it once (`versions.slices.cut`), and pass the same value here, to
    `preview_deployment`, `Drafts.of_folder` and `Rehearsal.of`.

    The admin function does that for `myelin up`. With `approval` only into an empty table. Only documents
    that the current version does not have are written. Raises PublishConflictError, MergeConflictError,
    CasesFailedError, ApprovalRequiredError or StoreError.
    """
    proposal = propose_deployment(version, store, ledger)
    if proposal is None:
        return Published(
            version=_current_name(store, version),
            changed=False,
            policies=version.policies,
            slices=len(version.slices),
            written=0,
        )
    if approval and proposal.before is not None:
        raise ApprovalRequiredError
    proposal.require_cases_pass(store)
    if proposal.version != version.version:
        _store_folder_version(version, store, proposal.before)
    return commit_proposal(proposal, store, ledger, actor=actor, nonce=nonce, deployed=version.version)


def preview_deployment(version: PolicyVersion, table_name: str, dynamodb_client: Any) -> str:
    """The name of the version that `deploy` would make current, or leave so. Raises as that; writes nothing.

    `version` is the folder, cut once, as for `deploy`.
    """
    store, ledger = PolicyStore(dynamodb_client, table_name), PolicyLedger(dynamodb_client, table_name)
    proposal = propose_deployment(version, store, ledger, note=False)
    return _current_name(store, version) if proposal is None else proposal.version


def propose_deployment(
    version: PolicyVersion, store: PolicyStore, ledger: PolicyLedger, *, note: bool = True
) -> Proposal | None:
    """Propose what deploying the folder would make current; None if that would change nothing.

    Then the folder's version is noted as deployed, unless `note` is False. Raises MergeConflictError or
    StoreError.
    """
    before = store.pointer()
    if before is None:
        return full_proposal(version, store, before)
    deployed = ledger.deployed()
    if before.version == version.version:
        if deployed != version.version and note:
            ledger.note_deployed(version.version)
        return None
    if deployed == version.version:
        return None
    if deployed is None or deployed == before.version:
        return full_proposal(version, store, before)
    merged = _merge(version, store, before, deployed)
    if merged.version != before.version:
        return merged
    # the merged version was activated meanwhile
    if note:
        _store_folder_version(version, store, before)
        ledger.note_deployed(version.version)
    return None


def commit_proposal(
    proposal: Proposal,
    store: PolicyStore,
    ledger: PolicyLedger,
    *,
    actor: str,
    nonce: str | None = None,
    deployed: str | None = None,
) -> Published:
    """Store what a proposal takes, and make it current. `deployed` is the folder's own version, to be noted.

    Raises PublishConflictError when another version became current meanwhile, or StoreError.
    """
    version, before = proposal.version, proposal.before
    written = store.write(proposal.items)
    record = AuditRecord(
        actor=actor,
        action="publish",
        before=before.version if before else None,
        after=version,
        details=difference_details(proposal.difference),
        nonce=nonce,
    )
    changed = True
    try:
        ledger.commit(record, move=PointerMove(root=proposal.root, expected=before, deployed=deployed))
        written += MOVED_ITEMS if deployed is None else MOVED_ITEMS + 1
    except PublishConflictError as error:
        if error.found != version:
            raise
        changed = False
    return Published(
        version=version,
        changed=changed,
        policies=proposal.policies,
        slices=proposal.slices,
        written=written,
    )


def _merge(version: PolicyVersion, store: PolicyStore, before: Pointer, deployed: str) -> Proposal:
    """The current version with what changed in the folder since `deployed`. Raises MergeConflictError."""
    base, theirs = StoredVersion(store, deployed), StoredVersion(store, before.version)
    ours = StoredVersion(PendingDocuments(store, version.items), version.version)
    changes, others = changed_rules(base, ours), changed_rules(base, theirs)
    both = sorted(name for name in changes if name in others and changes[name] != others[name])
    if both or (ours.root.schema != base.root.schema and others):
        raise MergeConflictError(table=store.table, policies=tuple(both), current=before.version)
    revision = revise(
        theirs,
        changes,
        Replacements(
            schema=ours.schema,
            actions=ours.root.intents,
            cases=None if ours.root.cases == base.root.cases else ours.cases.cases,
            catalogue=catalogue_of(ours),
        ),
    )
    return revision_proposal(revision, before)


def _store_folder_version(version: PolicyVersion, store: PolicyStore, before: Pointer | None) -> None:
    """Store the folder's own version, though it is not current: the next change is compared with it."""
    store.write((*full_proposal(version, store, before).items, version.root))


def _current_name(store: PolicyStore, version: PolicyVersion) -> str:
    pointer = store.pointer()
    return pointer.version if pointer else version.version
