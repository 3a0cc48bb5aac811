"""Documents that are not stored yet, in front of the store: a version can be read before it is written."""

from __future__ import annotations

from collections.abc import Iterable

from policies.calls.versions.documents import DocumentKind, Item
from policies.calls.versions.version import DocumentSource


class PendingDocuments:
    """Gives the pending `items` from memory, and every other document from the store."""

    def __init__(self, store: DocumentSource, items: Iterable[Item]) -> None:
        self._store = store
        self._bodies = {(item.kind, item.digest): item.body for item in items}
        self.table = store.table

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document. Raises StoreError."""
        body = self._bodies.get((kind, name))
        return self._store.load(kind, name) if body is None else body
