"""Changes the published policies for an actor: check, revise, run the cases, commit with an audit entry.

A change of one policy is made from the current version. If another change comes first, it is made again from
the new one, unless that changed the same policy. Every other change is made from one version, and conflicts
with any change that comes first.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.calls.changing.deployment import MOVED_ITEMS
from policies.calls.changing.errors import DeclaredPolicyError, NotFoundError, UnfitPolicyError
from policies.calls.changing.proposals import (
    Proposal,
    difference_details,
    full_proposal,
    revision_proposal,
)
from policies.calls.changing.records import ChangeResult
from policies.calls.language.cases import Case
from policies.calls.language.checking import check
from policies.calls.language.values import Policy, PolicySources, SourceText
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import dead_forbids
from policies.calls.rehearsing.case_gate import read_case_values
from policies.calls.store.errors import PublishConflictError, StoreMissingError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import Pointer, PolicyStore
from policies.calls.store.transaction import PointerMove
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.catalogue import catalogue_of, declared_calls, declared_ids
from policies.calls.versions.comparison import PolicyDifference, changed_rules, difference_of
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.revise import revise
from policies.calls.versions.slices import cut, rule_of
from policies.calls.versions.version import StoredVersion

_ATTEMPTS = 12
_SCHEMA = Path("schema.cedarschema")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFiles:
    """The files of a policy set. Without `schema` or `cases` the current ones stay."""

    documents: Sequence[SourceText]
    schema: str | None = None
    cases: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """Who asks for a change and why; `expected` is the version that has to be current, None for any.

    `person` is whom the actor stands for, if a setting says; `nonce` is that of the proof of identity.
    """

    actor: str
    person: str | None = None
    nonce: str | None = None
    note: str = ""
    expected: str | None = None


class Editor:
    """Makes changes to the policies of one table."""

    def __init__(
        self,
        store: PolicyStore,
        ledger: PolicyLedger,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`sleep` waits between attempts, in seconds."""
        self._store = store
        self._ledger = ledger
        self._sleep = sleep

    def put(
        self, name: str, text: str, request: ChangeRequest, cases: Sequence[Mapping[str, Any]] = ()
    ) -> ChangeResult:
        """Create or replace a policy. `cases` have to pass, too, and are not published."""
        more = read_case_values(cases)

        def make(base: StoredVersion, before: Pointer) -> Proposal:
            return self.propose_put(base, before, name, text)

        details = {"id": name, "text_after": text}
        return self._change_one(name, "put", make, request, details, more)

    def delete(self, name: str, request: ChangeRequest) -> ChangeResult:
        """Delete a policy. Raises NotFoundError if there is none with this id."""

        def make(base: StoredVersion, before: Pointer) -> Proposal:
            return self.propose_delete(base, before, name)

        return self._change_one(name, "delete", make, request, {"id": name, "text_after": None}, ())

    def publish(self, files: PolicyFiles, request: ChangeRequest) -> ChangeResult:
        """Replace every policy but the permits of declared calls."""
        before = self.current(request.expected)
        proposal = self.propose_publish(StoredVersion(self._store, before.version), before, files)
        return self._commit_proposal(proposal, "publish", request, {}, ())

    def rollback(self, to: str, request: ChangeRequest, *, deployed: str | None = None) -> ChangeResult:
        """Make a version current that was current before; its cases passed then, and are not run again.

        `deployed` is noted as the version that the policy folder gave. Raises NotFoundError.
        """
        before = self.current(request.expected)
        if deployed is not None and not self._store.has_root(deployed):
            raise NotFoundError(
                f"the version `{deployed}` of the policy folder is no longer kept", hint="look at the history"
            )
        if before.version == to:
            if deployed is not None and self._ledger.deployed() != deployed:
                self._ledger.note_deployed(deployed)
            return unchanged_result(before)
        if not self._ledger.was_current(to):
            raise NotFoundError(
                f"no version `{to}` was ever current, or it is no longer kept", hint="look at the history"
            )
        changes = self._difference_between(before.version, to)
        record = self.audit_record("rollback", request, before.version, to, difference_details(changes))
        move = PointerMove(root=to, expected=before, returning=True, deployed=deployed)
        committed = self._ledger.commit(record, move=move)
        noted = 0 if deployed is None else 1
        return changed_result(committed.pointer, before, changes, written=MOVED_ITEMS - 2 + noted)

    def propose_put(self, base: StoredVersion, before: Pointer, name: str, text: str) -> Proposal:
        """Put one policy. Raises PolicyError, UnfitPolicyError or DeclaredPolicyError."""
        policy = self._check_text(base, name, text)
        found = base.find(name)
        self._refuse_declared(base, name, {policy.principal, found[1][0] if found else None})
        return revision_proposal(revise(base, {name: rule_of(policy)}), before)

    def propose_delete(self, base: StoredVersion, before: Pointer, name: str) -> Proposal:
        """Delete one policy. Raises NotFoundError or DeclaredPolicyError."""
        found = base.find(name)
        if found is None:
            raise NotFoundError(f"there is no policy `{name}`", hint="list the policies")
        self._refuse_declared(base, name, {found[1][0]})
        return revision_proposal(revise(base, {name: None}), before)

    def propose_publish(self, base: StoredVersion, before: Pointer, files: PolicyFiles) -> Proposal:
        """Replace every policy by those of files. Raises PolicyError for the first fault."""
        catalogue = catalogue_of(base)
        schema = base.schema if files.schema is None else files.schema
        cases = base.cases.cases if files.cases is None else read_case_values(files.cases)
        kept = [case.document() if isinstance(case, Case) else dict(case) for case in cases]
        sources = check(SourceText(path=_SCHEMA, text=schema), files.documents, declared_calls(base))
        _require_live_forbids(sources, base)
        return full_proposal(cut(sources, catalogue, kept), self._store, before)

    def current(self, expected: str | None = None) -> Pointer:
        """The current version. Raises PublishConflictError if it is not the expected one."""
        pointer = self._store.pointer()
        if pointer is None:
            raise StoreMissingError(
                "no policies are published yet",
                table=self._store.table,
                hint="deploy the environment, which publishes the policy folder",
            )
        if expected is not None and pointer.version != expected:
            raise PublishConflictError(table=self._store.table, expected=expected, found=pointer.version)
        return pointer

    def audit_record(
        self,
        action: str,
        request: ChangeRequest,
        before: str | None,
        after: str | None,
        details: dict[str, Any],
    ) -> AuditRecord:
        """What the audit entry of a change records."""
        noted = {"note": request.note, **details}
        if request.person is not None:
            noted["person"] = request.person
        return AuditRecord(
            actor=request.actor,
            action=action,
            before=before,
            after=after,
            details=noted,
            nonce=request.nonce,
        )

    def _change_one(
        self,
        name: str,
        action: str,
        make: Callable[[StoredVersion, Pointer], Proposal],
        request: ChangeRequest,
        details: dict[str, Any],
        cases: Sequence[Case],
    ) -> ChangeResult:
        """Change one policy; conflicts only if the same policy was changed meanwhile."""
        first: tuple[Rule | None] | None = None
        conflict: PublishConflictError | None = None
        for attempt in range(_ATTEMPTS):
            before = self.current(request.expected)
            base = StoredVersion(self._store, before.version)
            found = base.find(name)
            was = found[0] if found else None
            if first is not None and first != (was,) and conflict is not None:
                raise conflict
            first = (was,)
            noted = {**details, "text_before": was.text if was else None}
            try:
                return self._commit_proposal(make(base, before), action, request, noted, cases)
            except PublishConflictError as error:
                if request.expected is not None:
                    raise
                conflict = error
            self._sleep(random.random() * 0.05 * min(attempt + 1, 4))  # noqa: S311 - no secret
        assert conflict is not None  # noqa: S101 - the loop ends without a return only by conflicts
        raise conflict

    def _commit_proposal(
        self,
        proposal: Proposal,
        action: str,
        request: ChangeRequest,
        details: dict[str, Any],
        cases: Sequence[Case],
    ) -> ChangeResult:
        before = proposal.before
        assert before is not None  # noqa: S101 - the editor only changes what is there
        if proposal.version == before.version:
            return unchanged_result(before)
        proposal.require_cases_pass(self._store, cases)
        written = self._store.write(proposal.items)
        details = {**details, **difference_details(proposal.difference)}
        record = self.audit_record(action, request, before.version, proposal.version, details)
        committed = self._ledger.commit(record, move=PointerMove(root=proposal.root, expected=before))
        return changed_result(committed.pointer, before, proposal.difference, written=written + MOVED_ITEMS)

    def _difference_between(self, before: str, after: str) -> PolicyDifference:
        """What differs between two stored versions; nothing, if one of them cannot be read."""
        old, new = StoredVersion(self._store, before), StoredVersion(self._store, after)
        try:
            return difference_of(old, changed_rules(old, new).items())
        except StoreCorruptError:
            # a current version that cannot be read is a reason to roll back
            return PolicyDifference()

    def _check_text(self, base: StoredVersion, name: str, text: str) -> Policy:
        """Check the text of one policy against the schema. Raises PolicyError or UnfitPolicyError."""
        path = Path(f"{name}.cedar")
        sources = check(SourceText(path=_SCHEMA, text=base.schema), [SourceText(path=path, text=text)])
        if len(sources.policies) != 1:
            raise UnfitPolicyError(
                f"the text has {len(sources.policies)} policies, not one", hint="put each by itself"
            )
        _require_live_forbids(sources, base)
        policy = sources.policies[0]
        if policy.id != name:
            raise UnfitPolicyError(
                f"the policy's `@id` is `{policy.id}`, not `{name}`", hint="use one name in both places"
            )
        return policy

    def _refuse_declared(self, base: StoredVersion, name: str, principals: set[str | None]) -> None:
        for principal in principals:
            if name in declared_ids(base, principal):
                raise DeclaredPolicyError(name, str(principal))


def _require_live_forbids(sources: PolicySources, base: StoredVersion) -> None:
    """Raise PolicyError for a forbid that can never apply to the services declared."""
    declared = DeclaredNames(services=frozenset(base.root.services))
    for fault in dead_forbids(sources, declared):
        raise fault


def unchanged_result(before: Pointer) -> ChangeResult:
    """The result of a change that was made before."""
    return ChangeResult(
        version=before.version, before=before.version, sequence=before.sequence, changed=False
    )


def changed_result(
    pointer: Pointer | None, before: Pointer, changes: PolicyDifference, *, written: int
) -> ChangeResult:
    """The result of a change that was made."""
    assert pointer is not None  # noqa: S101 - a move always gives one
    return ChangeResult(
        version=pointer.version,
        before=before.version,
        sequence=pointer.sequence,
        changed=True,
        added=list(changes.added),
        removed=list(changes.removed),
        replaced=list(changes.replaced),
        written=written,
    )
