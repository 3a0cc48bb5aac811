"""Publishes a policy set: cut it, write what is new, move the pointer. Run by the CLI, never by `decide`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.governance.documents import Item, Root, manifest_from, root_from
from lambdas.governance.errors import PublishConflictError, StoreCorruptError
from lambdas.governance.slices import Catalogue, PolicyVersion, Sources, cut
from lambdas.governance.store import Pointer, PolicyStore


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


def publish(
    table_name: str,
    sources: Sources,
    catalogue: Catalogue,
    dynamodb_client: Any,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Make a checked policy set the current one. Raises PublishConflictError, StoreError or TooLargeError.

    Only documents that the current version does not have are written; an unchanged set writes nothing.
    """
    plan = cut(sources, catalogue)
    store = PolicyStore(dynamodb_client, table_name)
    before = store.pointer()
    if before is not None and before.version == plan.version:
        return _published(plan, changed=False, written=0)
    written = store.write(_new(plan, store, before))
    try:
        store.move(root=plan.version, expected=before, published_at=now().isoformat())
    except PublishConflictError as error:
        if error.found != plan.version:
            raise
        return _published(plan, changed=False, written=written)
    return _published(plan, changed=True, written=written + 1)


def current(table_name: str, client: Any) -> Version | None:
    """The current version, or None before the first publish. Raises StoreError."""
    pointer = PolicyStore(client, table_name).pointer()
    if pointer is None:
        return None
    return Version(version=pointer.version, sequence=pointer.sequence, published_at=pointer.published_at)


def _published(plan: PolicyVersion, *, changed: bool, written: int) -> Published:
    return Published(
        version=plan.version,
        changed=changed,
        policies=plan.policies,
        slices=len(plan.slices),
        written=written,
    )


def _new(plan: PolicyVersion, store: PolicyStore, before: Pointer | None) -> list[Item]:
    """The documents that the current version does not refer to; reads only the manifests that change."""
    known = set[str]()
    if before is not None:
        try:
            known = _known(plan, store, root_from(store.load("root", before.version)))
        except (StoreCorruptError, ValueError):
            # what stands there can not be relied on, so everything is written again
            known = set()
    return [entry for entry in plan.items if entry.digest not in known]


def _known(plan: PolicyVersion, store: PolicyStore, old: Root) -> set[str]:
    old_names, new_names = _manifests(old), _manifests(root_from(plan.root.body))
    bodies = {entry.digest: entry.body for entry in plan.manifests}
    known = {old.schema}
    for name, name_digest in new_names.items():
        was = old_names.get(name)
        if was == name_digest:
            known |= {was, *_slices(bodies[was])}
        elif was is not None:
            known |= {was, *_slices(store.load("manifest", was))}
    return known


def _manifests(root: Root) -> dict[str | None, str]:
    everyone: dict[str | None, str] = {None: root.everyone}
    return everyone | dict(root.others) | dict(root.services)


def _slices(body: str) -> set[str]:
    manifest = manifest_from(body)
    return {name for digests in (*manifest.actions.values(), manifest.any_action) for name in digests}
