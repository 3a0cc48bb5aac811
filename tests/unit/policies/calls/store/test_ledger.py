"""A change and its audit entry are one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.store.transaction import LedgerChange, PointerMove
from policies.calls.trail.chain import AuditRecord, ChainHead, next_entry
from policies.calls.versions.errors import StoreCorruptError
from tests.support.governance.dynamo_recorder import DynamoRecorder, items_of, void

RECORD = AuditRecord(actor="arn:aws:iam::123456789012:user/ada", action="publish")


def test_the_pointer_never_names_a_root_that_is_not_stored(dynamodb: Any) -> None:
    """The condition on the root stands in the same transaction as the move."""
    store = PolicyStore(dynamodb, "policies")
    with pytest.raises(StoreCorruptError, match="the root `abc` is not in the store"):
        PolicyLedger(dynamodb, "policies").commit(RECORD, move=PointerMove(root="abc", expected=None))
    assert store.pointer() is None
    assert items_of(dynamodb) == []


def test_a_change_that_only_records_moves_nothing(dynamodb: Any) -> None:
    """The entry follows the one before, and there is no pointer."""
    ledger = PolicyLedger(dynamodb, "policies")
    first, second = (ledger.commit(RECORD) for _ in range(2))
    assert (first.pointer, first.entry.sequence, second.entry.previous) == (None, 1, first.entry.digest)
    assert ledger.head() == second.entry.head
    assert [link.digest for link in ledger.all_links()] == [first.entry.digest, second.entry.digest]
    assert [link.digest for link in ledger.links_back(limit=1)] == [second.entry.digest]
    assert PolicyStore(dynamodb, "policies").pointer() is None


def test_an_entry_that_lost_its_place_is_made_anew(dynamodb: Any) -> None:
    """Another record came first: the same change follows that one, after a wait."""
    waits: list[float] = []
    recorder = DynamoRecorder(dynamodb)
    other = PolicyLedger(dynamodb, "policies")
    recorder.before["transact_write_items"] = lambda: void(other.commit(RECORD))
    ledger = PolicyLedger(recorder, "policies", sleep=waits.append, jitter=lambda: 1.0)
    assert ledger.commit(RECORD).entry.sequence == 2
    assert waits == [0.02]


def test_the_steps_of_a_change_have_the_conditions_that_it_needs() -> None:
    """A version that comes back has to be there and to have been current, the head to be the one before."""
    entry = next_entry(ChainHead(sequence=4, digest="d"), RECORD, "2026-11-22T09:30:00+00:00")
    move = PointerMove(root="abc", expected=None, returning=True)
    steps = dict(LedgerChange(move=move).steps(entry, datetime(2026, 11, 22, tzinfo=UTC)))
    assert list(steps) == ["root", "pointer", "was", "entry", "head"]
    assert list(steps["root"]) == list(steps["was"]) == ["ConditionCheck"]
    assert steps["pointer"]["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"
    assert steps["head"]["Put"]["ExpressionAttributeValues"] == {":digest": {"S": "d"}}
