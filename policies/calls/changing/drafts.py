"""Drafts: changes that are checked and stored, but not in force before they are activated.

Where approval is required, another person than the author has to activate a draft, and a draft is the only
way to change the policies. The exception is a rollback: the version was current before, and so was approved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from policies.calls.changing.deployment import MOVED_ITEMS, propose_deployment
from policies.calls.changing.editing import ChangeRequest, Editor, PolicyFiles, changed_result
from policies.calls.changing.errors import EmptyDraftError, SameActorError, UnknownPersonError
from policies.calls.changing.proposals import MAX_IDS, Proposal, difference_details
from policies.calls.changing.records import ChangeResult, DraftRecord
from policies.calls.changing.requests import DeleteChange, NewDraft, PublishChange, PutChange
from policies.calls.language.values import SourceText
from policies.calls.store.errors import DraftGoneError, PublishConflictError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import Pointer, PolicyStore
from policies.calls.store.transaction import PointerMove, StoredDraft
from policies.calls.versions.comparison import PolicyDifference
from policies.calls.versions.slices import PolicyVersion
from policies.calls.versions.version import StoredVersion

MAX_DRAFTS = 100


class Drafts:
    """The drafts of one policy table."""

    def __init__(
        self,
        store: PolicyStore,
        ledger: PolicyLedger,
        editor: Editor,
        *,
        approval: bool,
        new_id: Callable[[], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """With `approval`, another person than the author has to activate a draft."""
        self._store = store
        self._ledger = ledger
        self._editor = editor
        self._approval = approval
        self._new_id = new_id
        self._now = now

    def new(self, wanted: NewDraft, request: ChangeRequest) -> DraftRecord:
        """Check a change as if it were made, and store it. Raises EmptyDraftError if nothing changes."""
        before = self._editor.current(request.expected)
        proposal = self._propose(wanted, before)
        if proposal.version == before.version:
            raise EmptyDraftError("the draft would change nothing", hint="it is current already")
        return self._store_draft(proposal, before, request)

    def of_folder(self, version: PolicyVersion, request: ChangeRequest) -> DraftRecord | None:
        """Draft what `deploy` would make of the policy folder; gives the draft that there is already, if any.

        `version` is the folder, cut once, as for `deploy`. None when nothing would change, or when it would
        be the first version of all. Raises MergeConflictError.
        """
        proposal = propose_deployment(version, self._store, self._ledger)
        if proposal is None or proposal.before is None:
            return None
        for draft in self.all():
            if (draft.version, draft.base) == (proposal.version, proposal.before.version):
                return draft
        return self._store_draft(proposal, proposal.before, request)

    def _store_draft(self, proposal: Proposal, before: Pointer, request: ChangeRequest) -> DraftRecord:
        self._require_person(request)
        if len(self._ledger.drafts()) >= MAX_DRAFTS:
            raise EmptyDraftError(f"there are {MAX_DRAFTS} drafts already", hint="activate or discard some")
        proposal.require_cases_pass(self._store)
        self._store.write(proposal.items)
        difference = proposal.difference
        draft = DraftRecord(
            id=self._new_id(),
            version=proposal.version,
            base=before.version,
            author=request.actor,
            person=request.person,
            at=self._now().isoformat(),
            note=request.note,
            added=list(difference.added[:MAX_IDS]),
            removed=list(difference.removed[:MAX_IDS]),
            replaced=list(difference.replaced[:MAX_IDS]),
        )
        details = {"draft": draft.id, **difference_details(difference)}
        record = self._editor.audit_record("draft", request, before.version, proposal.version, details)
        self._ledger.commit(
            record, draft=StoredDraft(id=draft.id, body=draft.model_dump_json(), root=proposal.root)
        )
        return draft

    def _require_person(self, request: ChangeRequest) -> None:
        """Raise UnknownPersonError where two persons have to agree, and the actor stands for none."""
        if self._approval and request.person is None:
            raise UnknownPersonError(request.actor)

    def get(self, name: str) -> DraftRecord:
        """A draft by its id. Raises DraftGoneError."""
        body = self._ledger.draft(name)
        if body is None:
            raise DraftGoneError(name)
        return DraftRecord.model_validate_json(body)

    def all(self) -> list[DraftRecord]:
        """All drafts, oldest first."""
        found = (DraftRecord.model_validate_json(body) for body in self._ledger.drafts())
        return sorted(found, key=lambda draft: (draft.at, draft.id))

    def activate(self, name: str, request: ChangeRequest) -> ChangeResult:
        """Make the version of a draft current, if the version that the draft was made from still is."""
        draft = self.get(name)
        self._require_person(request)
        if self._approval and draft.person in (None, request.person):
            raise SameActorError(name, draft.author)
        before = self._editor.current(request.expected)
        if before.version != draft.base:
            raise PublishConflictError(table=self._store.table, expected=draft.base, found=before.version)
        details = {
            "draft": name,
            "author": draft.author,
            "added": draft.added,
            "removed": draft.removed,
            "replaced": draft.replaced,
        }
        record = self._editor.audit_record("activate", request, before.version, draft.version, details)
        move = PointerMove(root=draft.version, expected=before)
        committed = self._ledger.commit(record, move=move, drop=name)
        changes = PolicyDifference(
            added=tuple(draft.added), removed=tuple(draft.removed), replaced=tuple(draft.replaced)
        )
        return changed_result(committed.pointer, before, changes, written=MOVED_ITEMS)

    def discard(self, name: str, request: ChangeRequest) -> DraftRecord:
        """Delete a draft; returns it."""
        draft = self.get(name)
        details = {"draft": name, "author": draft.author}
        self._ledger.commit(
            self._editor.audit_record("discard", request, None, draft.version, details), drop=name
        )
        return draft

    def _propose(self, wanted: NewDraft, before: Pointer) -> Proposal:
        base = StoredVersion(self._store, before.version)
        match wanted.change:
            case PutChange(id=name, text=text):
                return self._editor.propose_put(base, before, name, text)
            case DeleteChange(id=name):
                return self._editor.propose_delete(base, before, name)
            case PublishChange() as change:
                documents = [SourceText(path=Path(file.path), text=file.text) for file in change.policies]
                files = PolicyFiles(documents=documents, schema=change.schema_text, cases=change.cases)
                return self._editor.propose_publish(base, before, files)
            case _:
                assert_never(wanted.change)
