"""Of two writers the first wins, and the second learns why it lost."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.store.errors import PublishConflictError
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.governance.dynamo_recorder import DynamoRecorder, void
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))


def test_the_loser_of_two_publishes_learns_both_versions(dynamodb: Any, policy: Any) -> None:
    """The pointer moves for the first; the second changes nothing and is told what it lost to."""
    base = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    winner = policy.sources(policy("winner"))
    recorder = DynamoRecorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(publish("policies", winner, CATALOGUE, dynamodb))
    with pytest.raises(PublishConflictError) as caught:
        publish("policies", policy.sources(policy("loser")), CATALOGUE, recorder)
    assert caught.value.expected == base.version
    assert caught.value.found == cut(winner, CATALOGUE).version
    assert caught.value.hint == "look at what changed and publish again"
    assert PolicyStore(dynamodb, "policies").pointer().version == caught.value.found  # type: ignore[union-attr]


def test_two_first_publishes_conflict_too(dynamodb: Any, policy: Any) -> None:
    """That there is no version yet is also a state that may have changed."""
    recorder = DynamoRecorder(dynamodb)
    other = policy.sources(policy("other"))
    recorder.before["transact_write_items"] = lambda: void(publish("policies", other, CATALOGUE, dynamodb))
    with pytest.raises(PublishConflictError, match="the current version was `none` and is now `"):
        publish("policies", policy.sources(policy("mine")), CATALOGUE, recorder)


def test_losing_to_the_same_set_is_no_conflict(dynamodb: Any, policy: Any) -> None:
    """Two publishes of one set agree, no matter which was first."""
    sources = policy.sources(policy("a"))
    recorder = DynamoRecorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(publish("policies", sources, CATALOGUE, dynamodb))
    published = publish("policies", sources, CATALOGUE, recorder)
    assert published.changed is False
    assert PolicyStore(dynamodb, "policies").pointer().sequence == 1  # type: ignore[union-attr]


def test_a_version_that_left_and_came_back_is_a_conflict(dynamodb: Any, policy: Any) -> None:
    """Between reading and moving, the pointer went away and returned: another publish came first."""
    one, two = policy.sources(policy("a")), policy.sources(policy("b"))
    publish("policies", one, CATALOGUE, dynamodb)
    recorder = DynamoRecorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(
        publish("policies", two, CATALOGUE, dynamodb), publish("policies", one, CATALOGUE, dynamodb)
    )
    with pytest.raises(PublishConflictError):
        publish("policies", policy.sources(policy("c")), CATALOGUE, recorder)
