"""Documents that are no longer needed are deleted, and no others. GOV-2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.calls.changing.collect import Collector, Retention
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.store.transaction import PointerMove, StoredDraft
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import cut
from policies.calls.versions.version import StoredVersion
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))
KEEPING = Retention(versions=3, grace=timedelta(hours=2))
RECORD = AuditRecord(actor="ada", action="rollback")
HOURS = 6
LAST = HOURS - 1


class Time:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_hours(self, hours: float) -> None:
        self.at += timedelta(hours=hours)


class Interrupted:
    """A client that lets a test act right before a call of a kind, once."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.exceptions = client.exceptions
        self.before: dict[str, Callable[[], Any]] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:  # noqa: D105
        def call(**arguments: Any) -> Any:
            if action := self.before.pop(name, None):
                action()
            return getattr(self._client, name)(**arguments)

        return call


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def published(policy_table: Any, policy_class: Any) -> tuple[list[str], list[Any]]:
    """Six versions, one an hour, and every item of the table that holds them."""
    policy, made, time = policy_class(), [], Time()
    with policy_table() as client:
        for number in range(HOURS):
            sources = policy.sources(
                policy(f"p{number}"), policy("always", principal="orbit", action="reason")
            )
            made.append(publish("policies", sources, CATALOGUE, client, now=time).version)
            time.pass_hours(1)
        return made, client.scan(TableName="policies")["Items"]


@pytest.fixture
def versions(dynamodb: Any, published: tuple[list[str], list[Any]], time: Time) -> list[str]:
    """Six versions, one an hour; the last is current."""
    made, items = published
    puts = [{"PutRequest": {"Item": item}} for item in items]
    for start in range(0, len(puts), 25):
        dynamodb.batch_write_item(RequestItems={"policies": puts[start : start + 25]})
    time.pass_hours(HOURS)
    return list(made)


def readable(dynamodb: Any, version: str) -> bool:
    """Whether a version is there, whole; half a version fails the test."""
    store = PolicyStore(dynamodb, "policies")
    stored = StoredVersion(store, version)
    try:
        stored.root  # noqa: B018 - reads it
    except StoreCorruptError:
        return False
    assert len(list(stored.policies())) == 2
    assert stored.schema
    assert stored.cases.cases == ()
    return True


def test_the_last_versions_and_the_young_ones_are_kept(
    dynamodb: Any, versions: list[str], time: Time
) -> None:
    """What was replaced within the grace period stays, and so do the last three; the rest goes whole."""
    collector = Collector(dynamodb, "policies", KEEPING, now=time)
    counted = collector.collect(actor="ada", dry_run=True)
    assert [readable(dynamodb, version) for version in versions] == [True] * HOURS
    collected = collector.collect(actor="ada")
    assert collected == counted
    assert collected.deleted > 0
    assert [readable(dynamodb, version) for version in versions] == [False] * 3 + [True] * 3
    assert collector.collect(actor="ada").deleted == 0
    ledger = PolicyLedger(dynamodb, "policies")
    assert [ledger.was_current(version) for version in versions] == [False] * 3 + [True] * 3


def test_a_version_that_was_replaced_lately_is_kept_however_many_followed(
    dynamodb: Any, policy: Any, time: Time
) -> None:
    """A function may decide by it until the staleness bound has passed."""
    made = []
    for number in range(HOURS):
        sources = policy.sources(policy(f"p{number}"), policy("always"))
        made.append(publish("policies", sources, CATALOGUE, dynamodb, now=time).version)
    time.pass_hours(1.9)
    assert Collector(dynamodb, "policies", KEEPING, now=time).collect(actor="ada").deleted == 0
    assert all(readable(dynamodb, version) for version in made)


def test_drafts_and_what_a_crash_left_are_seen_to(
    dynamodb: Any, versions: list[str], policy: Any, time: Time
) -> None:
    """A draft's version and its base stay; documents that never got a root go when they are old."""
    store, ledger = PolicyStore(dynamodb, "policies", now=time), PolicyLedger(dynamodb, "policies", now=time)
    plan = cut(policy.sources(policy("drafted"), policy("other")), CATALOGUE)
    store.write(plan.items[:-1])
    body = (
        f'{{"id":"d","version":"{plan.version}","base":"{versions[0]}","author":"a","at":"","note":"",'
        '"added":[],"removed":[],"replaced":[]}'
    )
    ledger.commit(
        AuditRecord(actor="ada", action="draft"), draft=StoredDraft(id="d", body=body, root=plan.root)
    )
    lost = cut(policy.sources(policy("lost")), CATALOGUE)
    store.write(lost.items[:-1])
    collector = Collector(dynamodb, "policies", KEEPING, now=time)
    assert collector.collect(actor="ada").young > 0
    assert readable(dynamodb, plan.version)
    assert readable(dynamodb, versions[0])
    time.pass_hours(3)
    collector.collect(actor="ada")
    assert readable(dynamodb, plan.version)
    with pytest.raises(StoreCorruptError):
        store.load("slice", lost.slices[0].digest)
    ledger.commit(AuditRecord(actor="ada", action="discard"), drop="d")
    collector.collect(actor="ada")
    assert not readable(dynamodb, plan.version)
    assert not readable(dynamodb, versions[0])


@pytest.mark.parametrize("moment", ["scan", "transact_write_items"])
def test_a_version_that_comes_back_meanwhile_is_not_touched(
    dynamodb: Any, versions: list[str], time: Time, moment: str
) -> None:
    """Its roots go in transactions that fail when the pointer has moved."""
    client = Interrupted(dynamodb)

    def back() -> None:
        ledger = PolicyLedger(dynamodb, "policies", now=time)
        pointer = PolicyStore(dynamodb, "policies").pointer()
        ledger.commit(RECORD, move=PointerMove(root=versions[0], expected=pointer, returning=True))

    client.before[moment] = back
    Collector(client, "policies", KEEPING, now=time).collect(actor="ada")
    assert readable(dynamodb, versions[0])
    assert readable(dynamodb, versions[LAST])


@pytest.mark.parametrize("moment", ["scan", "transact_write_items", "delete_item"])
def test_a_set_that_is_published_again_meanwhile_is_whole(
    dynamodb: Any, versions: list[str], policy: Any, time: Time, moment: str
) -> None:
    """A writer puts each document anew, and what is younger than when it was found is not deleted."""
    client = Interrupted(dynamodb)
    sources = policy.sources(policy("p2"), policy("always", principal="orbit", action="reason"))
    client.before[moment] = lambda: publish("policies", sources, CATALOGUE, dynamodb, now=time)
    Collector(client, "policies", KEEPING, now=time).collect(actor="ada")
    pointer = PolicyStore(dynamodb, "policies").pointer()
    assert pointer is not None
    assert pointer.version == versions[2]
    assert readable(dynamodb, versions[2])


def test_what_is_gone_can_not_come_back(dynamodb: Any, versions: list[str], time: Time) -> None:
    """A rollback to a collected version is refused, and the pointer stays."""
    Collector(dynamodb, "policies", KEEPING, now=time).collect(actor="ada")
    ledger, store = PolicyLedger(dynamodb, "policies"), PolicyStore(dynamodb, "policies")
    with pytest.raises(StoreCorruptError):
        ledger.commit(RECORD, move=PointerMove(root=versions[0], expected=store.pointer(), returning=True))
    pointer = store.pointer()
    assert pointer is not None
    assert pointer.version == versions[LAST]


def test_a_grace_period_in_which_a_version_may_still_decide_is_refused() -> None:
    """The largest staleness bound is an hour."""
    with pytest.raises(ValueError, match="keep at least one version, and everything for 2:00:00"):
        Retention(grace=timedelta(minutes=90))
