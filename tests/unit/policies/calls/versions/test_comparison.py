"""Versions compared by their policies."""

from __future__ import annotations

from typing import Any

from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.comparison import (
    PolicyDifference,
    changed_rules,
    changed_texts,
    difference_between,
    difference_of,
)
from policies.calls.versions.slices import cut
from policies.calls.versions.version import StoredVersion


def test_stored_versions_are_compared_by_what_they_hold(memory: Any, policy: Any) -> None:
    """A rule with another text, and one whose scope moved it to another slice, are replaced."""
    versions = []
    for policies in (
        (policy("same"), policy("moved", action="reason"), policy("gone"), policy("text", when="true")),
        (policy("same"), policy("moved", action="erase"), policy("new"), policy("text", when="false")),
    ):
        plan = cut(policy.sources(*policies), Catalogue(services=("axon", "orbit")))
        memory.publish(plan)
        versions.append(StoredVersion(memory, plan.version))
    before, after = versions
    changes = changed_rules(before, after)
    assert list(changes) == ["gone", "moved", "new", "text"]
    assert changes["gone"] is None
    texts = changed_texts(before, after)
    assert difference_between(texts) == difference_of(before, changes.items())
    was, now = texts["text"]
    assert was is not None
    assert now is not None
    assert ("true" in was.text, "false" in now.text) == (True, True)
    assert difference_of(before, changes.items()) == PolicyDifference(
        added=("new",), removed=("gone",), replaced=("moved", "text")
    )
