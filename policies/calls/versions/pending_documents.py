"""Documents that are not stored yet, before the store: so that a version can be looked at before it is."""

from __future__ import annotations

from collections.abc import Iterable

from policies.calls.versions.documents import DocumentKind, Item
from policies.calls.versions.version import DocumentSource


class PendingDocuments:
    """Gives new documents from memory and every other one from the store behind."""

    def __init__(self, store: DocumentSource, items: Iterable[Item]) -> None:
        """`items` are the new ones."""
        self._store = store
        self._bodies = {(item.kind, item.digest): item.body for item in items}
        self.table = store.table

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document. Raises StoreError."""
        body = self._bodies.get((kind, name))
        return self._store.load(kind, name) if body is None else body
