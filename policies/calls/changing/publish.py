"""Publishes a policy set: cut it, or merge it, write what is new, move the pointer. Never run by `decide`.

`publish` makes a set current as it is. `deploy` is for the policy folder, beside which people change single
policies through the admin function: it brings in what changed in the folder since it was last deployed, and
leaves standing what others changed meanwhile.

    folder last time    folder now    current        becomes
    A                   A             anything       stays
    A                   B             A              B
    A                   B             A + theirs     B + theirs, unless both changed one policy
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from policies.calls.errors import (
    ApprovalRequiredError,
    MergeConflictError,
    PublishConflictError,
    StoreCorruptError,
)
from policies.calls.language.cases import Case as ReadCase
from policies.calls.rehearsing.judging import judge
from policies.calls.store.ledger import Ledger, Move
from policies.calls.store.reading import Pointer, PolicyStore
from policies.calls.trail.chain import Record
from policies.calls.versions.documents import Item
from policies.calls.versions.pending_documents import Overlay
from policies.calls.versions.revise import (
    Difference,
    Placed,
    Revision,
    Surroundings,
    compare,
    difference,
    revise,
)
from policies.calls.versions.slices import Catalogue, PolicyVersion, Sources, cut
from policies.calls.versions.version import StoredVersion

UNNAMED = "unnamed"
"""The actor of a change that nobody signed for."""
MOVING = 5
"""Items of the transaction: root, pointer, mark of having been current, audit entry, head of the trail."""
_NAMED = 100
Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish did: the version that is current now, and the size of the set.

    `changed` is False when that version was current before and nothing was written; `written` counts items.
    """

    version: str
    changed: bool
    policies: int
    slices: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The current version: its name, how many publishes led to it, and when (ISO 8601, UTC)."""

    version: str
    sequence: int
    published_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A version that could become current, in place of which one, and what it takes."""

    before: Pointer | None
    root: Item
    items: tuple[Item, ...]
    policies: int
    slices: int
    difference: Difference

    @property
    def version(self) -> str:
        """The name of the version."""
        return self.root.digest

    def judge(self, store: PolicyStore, more: Iterable[ReadCase] = ()) -> None:
        """Run its cases, and `more`. Raises CasesFailedError, InvalidCaseError or StoreError."""
        documents = Overlay(store, (*self.items, self.root))
        judge(StoredVersion(documents, self.version), documents, more)


def publish(
    table_name: str,
    sources: Sources,
    catalogue: Catalogue,
    dynamodb_client: Any,
    *,
    cases: Sequence[Case] = (),
    actor: str = UNNAMED,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Make a checked policy set the current one. Raises PublishConflictError, StoreError or TooLargeError.

    Only documents that the current version does not have are written; an unchanged set writes nothing.
    """
    store = PolicyStore(dynamodb_client, table_name, now=now)
    plan = cut(sources, catalogue, cases)
    before = store.pointer()
    if before is not None and before.version == plan.version:
        return _published(plan, changed=False, written=0)
    ledger = Ledger(dynamodb_client, table_name, now=now)
    return _made(store, ledger, whole(plan, store, before), actor=actor)


def deploy(
    table_name: str,
    sources: Sources,
    catalogue: Catalogue,
    dynamodb_client: Any,
    *,
    cases: Sequence[Case] = (),
    actor: str = UNNAMED,
    approval: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Bring what changed in the policy folder into the current version, if the cases of that pass.

    With `approval` only into an empty table. Raises as publish, MergeConflictError, CasesFailedError and
    ApprovalRequiredError.
    """
    store, ledger = (
        PolicyStore(dynamodb_client, table_name, now=now),
        Ledger(dynamodb_client, table_name, now=now),
    )
    plan = cut(sources, catalogue, cases)
    proposal = deployment(plan, catalogue, store, ledger)
    if proposal is None:
        return _published(plan, changed=False, written=0, version=_standing(store, plan))
    if approval and proposal.before is not None:
        raise ApprovalRequiredError
    proposal.judge(store)
    if proposal.version != plan.version:
        _keep(plan, store, proposal.before)
    return _made(store, ledger, proposal, actor=actor, deployed=plan.version)


def deployable(
    table_name: str,
    sources: Sources,
    catalogue: Catalogue,
    dynamodb_client: Any,
    *,
    cases: Sequence[Case] = (),
) -> str:
    """The version that `deploy` would make current, or leave so. Raises as that; writes nothing."""
    store, ledger = PolicyStore(dynamodb_client, table_name), Ledger(dynamodb_client, table_name)
    plan = cut(sources, catalogue, cases)
    proposal = deployment(plan, catalogue, store, ledger, note=False)
    return _standing(store, plan) if proposal is None else proposal.version


def current(table_name: str, client: Any) -> Version | None:
    """The current version, or None before the first publish. Raises StoreError."""
    pointer = PolicyStore(client, table_name).pointer()
    if pointer is None:
        return None
    return Version(version=pointer.version, sequence=pointer.sequence, published_at=pointer.published_at)


def named(changed: Difference) -> dict[str, Any]:
    """What an audit entry says of a difference: how many policies, and the first hundred by name."""
    return {
        kind: {"count": len(names), "ids": list(names[:_NAMED])}
        for kind, names in (
            ("added", changed.added),
            ("removed", changed.removed),
            ("replaced", changed.replaced),
        )
    }


def deployment(
    plan: PolicyVersion, catalogue: Catalogue, store: PolicyStore, ledger: Ledger, *, note: bool = True
) -> Proposal | None:
    """What deploying the folder comes to; None when the current version has it already.

    That is noted unless `note` is False.
    """
    before = store.pointer()
    if before is None:
        return whole(plan, store, before)
    deployed = ledger.deployed()
    if before.version == plan.version:
        if deployed != plan.version and note:
            ledger.note_deployed(plan.version)
        return None
    if deployed == plan.version:
        return None
    if deployed is None or deployed == before.version:
        return whole(plan, store, before)
    merged = _merged(plan, catalogue, store, before, deployed)
    if merged.version != before.version:
        return merged
    # somebody has activated it meanwhile
    if note:
        _keep(plan, store, before)
        ledger.note_deployed(plan.version)
    return None


def _keep(plan: PolicyVersion, store: PolicyStore, before: Pointer | None) -> None:
    """Store the folder's own version, though it is not current: the next change is compared with it."""
    store.write((*whole(plan, store, before).items, plan.root))


def _merged(
    plan: PolicyVersion, catalogue: Catalogue, store: PolicyStore, before: Pointer, deployed: str
) -> Proposal:
    base, theirs = StoredVersion(store, deployed), StoredVersion(store, before.version)
    ours = StoredVersion(Overlay(store, plan.items), plan.version)
    changes, others = compare(base, ours), compare(base, theirs)
    both = sorted(name for name in changes if name in others and changes[name] != others[name])
    if both or (ours.root.schema != base.root.schema and others):
        raise MergeConflictError(table=store.table, policies=tuple(both), current=before.version)
    revision = revise(
        theirs,
        {name: None if found is None else Placed.of(*found) for name, found in changes.items()},
        Surroundings(
            schema=ours.schema,
            actions=ours.root.intents,
            cases=None if ours.root.cases == base.root.cases else ours.cases.cases,
            catalogue=catalogue,
        ),
    )
    return revised(revision, before)


def revised(revision: Revision, before: Pointer) -> Proposal:
    """The current version with a change."""
    return Proposal(
        before=before,
        root=revision.root,
        items=revision.items,
        policies=revision.policies,
        slices=sum(item.kind == "slice" for item in revision.items),
        difference=revision.difference,
    )


def whole(plan: PolicyVersion, store: PolicyStore, before: Pointer | None) -> Proposal:
    """The set as it is, less the documents that the current version has; reads only what differs."""
    after = StoredVersion(Overlay(store, plan.items), plan.version)
    changed: Difference | None = None
    known = set[str]()
    if before is not None:
        now = StoredVersion(store, before.version)
        try:
            known = _known(now, after)
            changed = difference(now, compare(now, after).items())
        except StoreCorruptError:
            # what stands there can not be relied on, so everything is written again
            known = set()
    if changed is None:
        changed = Difference(added=tuple(sorted(name for rule, _ in after.policies() for name in (rule.id,))))
    return Proposal(
        before=before,
        root=plan.root,
        items=tuple(entry for entry in plan.items[:-1] if entry.digest not in known),
        policies=plan.policies,
        slices=len(plan.slices),
        difference=changed,
    )


def _known(now: StoredVersion, after: StoredVersion) -> set[str]:
    """The documents of a new version that an old one has in the same place."""
    known = {now.root.schema, now.root.cases, now.root.index, *now.index.buckets.values()}
    for principal in after.principals():
        was, name = now.manifest_name(principal), after.manifest_name(principal)
        if was is not None:
            one = after if was == name else now
            known |= {was, *(part for place in one.places(principal) for part in one.parts(place))}
    return known


def _made(
    store: PolicyStore, ledger: Ledger, proposal: Proposal, *, actor: str, deployed: str | None = None
) -> Published:
    version, before = proposal.version, proposal.before
    written = store.write(proposal.items)
    record = Record(
        actor=actor,
        action="publish",
        before=before.version if before else None,
        after=version,
        details=named(proposal.difference),
    )
    move = Move(root=proposal.root, expected=before, deployed=deployed)
    try:
        ledger.commit(record, move=move)
    except PublishConflictError as error:
        if error.found != version:
            raise
        return Published(
            version=version,
            changed=False,
            policies=proposal.policies,
            slices=proposal.slices,
            written=written,
        )
    moved = MOVING if deployed is None else MOVING + 1
    return Published(
        version=version,
        changed=True,
        policies=proposal.policies,
        slices=proposal.slices,
        written=written + moved,
    )


def _published(plan: PolicyVersion, *, changed: bool, written: int, version: str | None = None) -> Published:
    return Published(
        version=version or plan.version,
        changed=changed,
        policies=plan.policies,
        slices=len(plan.slices),
        written=written,
    )


def _standing(store: PolicyStore, plan: PolicyVersion) -> str:
    pointer = store.pointer()
    return pointer.version if pointer else plan.version
