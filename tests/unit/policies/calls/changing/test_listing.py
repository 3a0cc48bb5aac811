"""Pages of policies, of the history and of the audit trail."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.changing.errors import NotFoundError
from policies.calls.changing.listing import (
    audit_page,
    find_version,
    history_page,
    policy_page,
    version_record,
)
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.catalogue import Catalogue
from tests.support.governance.publishing import publish


@pytest.fixture
def versions(dynamodb: Any, policy: Any) -> list[str]:
    """Three versions, each with one policy more, and entries of other kinds between them."""
    catalogue = Catalogue(services=("axon", "orbit"), calls=(policy.call("orbit", "axon", "reason"),))
    ledger = PolicyLedger(dynamodb, "policies")
    made = []
    for count in (1, 2, 3):
        policies = [policy("orbit-may-reason-on-axon", principal="orbit", action="reason")]
        policies += [policy(f"p{number}") for number in range(count)]
        made.append(publish("policies", policy.sources(*policies), catalogue, dynamodb).version)
        ledger.commit(AuditRecord(actor="ada", action="draft"))
    return made


def test_policies_come_in_pages_each_once(dynamodb: Any, versions: list[str]) -> None:
    """The next page begins after the last policy of the one before; a permit of a declared call is marked."""
    base = find_version(PolicyStore(dynamodb, "policies"), versions[-1])
    first = policy_page(base, after=None, limit=2)
    rest = policy_page(base, after=first.next, limit=10)
    listed = [*first.policies, *rest.policies]
    assert (first.next, rest.next) == (first.policies[-1].id, None)
    assert {record.id: record.declared for record in listed} == {
        "p0": False,
        "p1": False,
        "p2": False,
        "orbit-may-reason-on-axon": True,
    }
    with pytest.raises(NotFoundError, match="no policy `ghost` to go on after"):
        policy_page(base, after="ghost", limit=2)


def test_a_version_is_shown_with_what_it_declares(dynamodb: Any, versions: list[str]) -> None:
    """And one that is not stored is not found."""
    store = PolicyStore(dynamodb, "policies")
    record = version_record(find_version(store, versions[0]))
    assert (record.services, record.policies) == (["axon", "orbit"], 2)
    assert [(call.caller, call.callee, call.intent) for call in record.calls] == [("orbit", "axon", "reason")]
    with pytest.raises(NotFoundError, match="there is no version"):
        find_version(store, "0" * 64)


def test_the_history_has_only_what_moved_the_pointer(dynamodb: Any, versions: list[str]) -> None:
    """Newest first, in pages; drafts are in the audit trail alone."""
    ledger = PolicyLedger(dynamodb, "policies")
    first = history_page(ledger, before=None, limit=2)
    rest = history_page(ledger, before=first.next, limit=2)
    assert [entry.version for entry in (*first.entries, *rest.entries)] == versions[::-1]
    assert (rest.next, rest.entries[-1].before) == (None, None)
    assert [entry.added for entry in first.entries] == [["p2"], ["p1"]]


def test_the_audit_trail_has_every_entry(dynamodb: Any, versions: list[str]) -> None:
    """Oldest first, in pages."""
    assert len(versions) == 3
    ledger = PolicyLedger(dynamodb, "policies")
    first = audit_page(ledger, after=0, limit=4)
    rest = audit_page(ledger, after=first.next or 0, limit=4)
    assert [entry.digest for entry in (*first.entries, *rest.entries)] == [
        link.digest for link in ledger.all_links()
    ]
    assert (first.next, rest.next) == (4, None)
