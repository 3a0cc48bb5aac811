"""A version that is not stored yet can be read like one that is."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.pending_documents import PendingDocuments
from policies.calls.versions.slices import cut
from policies.calls.versions.version import StoredVersion


def test_pending_documents_stand_before_the_store(memory: Any, policy: Any) -> None:
    """New documents come from memory, all others from the store behind."""
    catalogue = Catalogue(services=("axon", "orbit"))
    memory.publish(cut(policy.sources(policy("a")), catalogue))
    version = cut(policy.sources(policy("a"), policy("b", action="reason")), catalogue)
    pending = PendingDocuments(memory, [item for item in version.items if item.kind != "slice"])
    with pytest.raises(StoreCorruptError):
        list(StoredVersion(pending, version.version).policies())
    # the slice that it has, and the one that is missing
    assert memory.asked == ["slice", "slice"]
    memory.asked.clear()
    whole = PendingDocuments(memory, version.items)
    assert sorted(rule.id for rule, _ in StoredVersion(whole, version.version).policies()) == ["a", "b"]
    assert memory.asked == []
