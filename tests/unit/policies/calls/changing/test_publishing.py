"""Making a version current: what is written, and what readers see meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.changing.proposals import MAX_IDS, difference_details, full_proposal
from policies.calls.store.errors import StoreUnreachableError
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.comparison import PolicyDifference
from policies.calls.versions.slices import cut
from tests.support.governance.dynamo_recorder import DynamoRecorder, failing_with, items_of
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))


def test_the_first_publish_makes_a_version_current(dynamodb: Any, policy: Any) -> None:
    """Before it there is none; after it the pointer names the version that was cut. GOV-2"""
    sources = policy.sources(policy("a", principal="orbit", action="reason"), policy("b"))
    assert PolicyStore(dynamodb, "policies").pointer() is None
    published = publish("policies", sources, CATALOGUE, dynamodb)
    assert published.version == cut(sources, CATALOGUE).version
    assert (published.changed, published.policies, published.slices) == (True, 2, 2)
    now = PolicyStore(dynamodb, "policies").pointer()
    assert now is not None
    assert (now.version, now.sequence) == (published.version, 1)


def test_publishing_the_same_set_again_writes_nothing(dynamodb: Any, policy: Any) -> None:
    """The second publish reads the pointer, says so, and leaves the table as it is."""
    sources = policy.sources(policy("a"))
    first = publish("policies", sources, CATALOGUE, dynamodb)
    before = items_of(dynamodb)
    recorder = DynamoRecorder(dynamodb)
    second = publish("policies", sources, CATALOGUE, recorder)
    assert (second.version, second.changed, second.written) == (first.version, False, 0)
    assert recorder.calls == ["get_item"]
    assert items_of(dynamodb) == before


def test_a_change_writes_only_what_is_new(dynamodb: Any, policy: Any) -> None:
    """One policy among many: a slice, a manifest, root, pointer, audit entry; reads do not grow either."""
    policies = [policy(f"p{i}", principal=f"s{i}", action="reason") for i in range(40)]
    catalogue = Catalogue(services=tuple(f"s{i}" for i in range(40)))
    publish("policies", policy.sources(*policies), catalogue, dynamodb)
    policies[3] = policy("p3", "forbid", principal="s3", action="reason")
    recorder = DynamoRecorder(dynamodb)
    published = publish("policies", policy.sources(*policies), catalogue, recorder)
    assert recorder.written == ["slice", "manifest"]
    assert published.written == 7
    assert recorder.calls.count("batch_write_item") == recorder.calls.count("transact_write_items") == 1
    assert len(recorder.calls) < 12


def test_everything_a_version_refers_to_is_in_the_store(dynamodb: Any, policy: Any) -> None:
    """After several publishes each document of the last version can be loaded under its name."""
    store = PolicyStore(dynamodb, "policies")
    sources = policy.sources()
    for count in (3, 1, 30, 2):
        sources = policy.sources(*(policy(f"p{i}", principal=f"s{i % 4}") for i in range(count)))
        publish("policies", sources, CATALOGUE, dynamodb)
        for entry in cut(sources, CATALOGUE).items:
            assert store.load(entry.kind, entry.digest) == entry.body
    version = PolicyStore(dynamodb, "policies").pointer()
    assert version is not None
    assert version.sequence == 4
    assert version.version == cut(sources, CATALOGUE).version


def test_going_back_to_an_earlier_set_is_a_change_too(dynamodb: Any, policy: Any) -> None:
    """The earlier version becomes current again under the same name, with a higher sequence."""
    one, two = policy.sources(policy("a")), policy.sources(policy("b"))
    versions = [publish("policies", sources, CATALOGUE, dynamodb).version for sources in (one, two, one)]
    assert versions[0] == versions[2] != versions[1]
    pointer = PolicyStore(dynamodb, "policies").pointer()
    assert pointer is not None
    assert (pointer.version, pointer.sequence) == (versions[0], 3)


def test_a_publish_cut_off_before_the_move_changes_nothing_for_readers(dynamodb: Any, policy: Any) -> None:
    """Documents without a pointer to them are not seen, and the next publish succeeds."""
    before = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    recorder = DynamoRecorder(dynamodb)
    recorder.instead["transact_write_items"] = failing_with("InternalServerError")
    with pytest.raises(StoreUnreachableError):
        publish("policies", policy.sources(policy("b")), CATALOGUE, recorder)
    assert PolicyStore(dynamodb, "policies").pointer().version == before.version  # type: ignore[union-attr]
    assert publish("policies", policy.sources(policy("b")), CATALOGUE, dynamodb).changed


def test_a_current_version_that_is_damaged_is_published_anew(dynamodb: Any, policy: Any) -> None:
    """When the old root cannot be relied on, every document is written again."""
    first = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    dynamodb.delete_item(
        TableName="policies", Key={"pk": {"S": f"root#{first.version}"}, "sk": {"S": "body"}}
    )
    recorder = DynamoRecorder(dynamodb)
    sources = policy.sources(policy("a"), policy("b", principal="orbit"))
    assert publish("policies", sources, CATALOGUE, recorder).changed
    assert len(recorder.written) == len(cut(sources, CATALOGUE).items) - 1


def test_a_proposal_takes_only_what_the_current_version_does_not_have(dynamodb: Any, policy: Any) -> None:
    """Into an empty table all but the root, which goes with the pointer; after that what differs."""
    store = PolicyStore(dynamodb, "policies")
    version = cut(policy.sources(policy("a"), policy("b", action="reason")), CATALOGUE)
    first = full_proposal(version, store, None)
    assert first.items == version.items[:-1]
    assert first.difference == PolicyDifference(added=("a", "b"))
    publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    second = full_proposal(version, store, store.pointer())
    assert second.difference == PolicyDifference(added=("b",))
    assert sorted(each.kind for each in second.items) == ["bucket", "index", "manifest", "slice"]


def test_a_record_names_the_first_hundred_policies_and_counts_all() -> None:
    """An audit entry has to fit into one item."""
    names = tuple(f"p{number:03}" for number in range(250))
    details = difference_details(PolicyDifference(added=names))
    assert details["added"] == {"count": 250, "ids": list(names[:MAX_IDS])}
    assert details["removed"] == {"count": 0, "ids": []}
