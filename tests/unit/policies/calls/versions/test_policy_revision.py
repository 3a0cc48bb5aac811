from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.language.values import Policy
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.comparison import changed_rules
from policies.calls.versions.documents import DocumentKind, Item, PlacedRule
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.revise import Replacements, revise
from policies.calls.versions.slices import PolicyVersion, cut, rule_of
from policies.calls.versions.version import StoredVersion
from tests.support.effort import effort

CATALOGUE = Catalogue(services=("axon", "ledger", "orbit"))
NAMES = tuple(f"p{number}" for number in range(10))


@dataclass
class Shelf:
    """Documents in memory; counts what is read."""

    table: str = "policies"
    bodies: dict[tuple[str, str], str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def put(self, *items: Item) -> None:
        self.bodies |= {(item.kind, item.digest): item.body for item in items}

    def hold(self, version: PolicyVersion) -> StoredVersion:
        self.put(*version.items)
        return StoredVersion(self, version.version)

    def load(self, kind: DocumentKind, name: str) -> str:
        self.read.append(kind)
        if (kind, name) not in self.bodies:
            raise StoreCorruptError("absent", table=self.table)
        return self.bodies[kind, name]


def placed(policies: Mapping[str, Policy | None]) -> dict[str, PlacedRule | None]:
    """Policies by id as they are stored."""
    return {name: None if policy is None else rule_of(policy) for name, policy in policies.items()}


fields = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["permit", "forbid"]),
        "principal": st.sampled_from([None, "axon", "orbit", "ghost", "", "wraith"]),
        "action": st.sampled_from([None, "reason", "erase"]),
        "when": st.sampled_from(["", "true"]),
    }
)
sets = st.dictionaries(st.sampled_from(NAMES), fields, max_size=8)
changes = st.dictionaries(st.sampled_from(NAMES), st.none() | fields, max_size=5)


@settings(max_examples=effort(100))
@given(sets, changes)
def test_a_revision_is_what_cutting_the_whole_set_anew_gives(
    policy_class: Any, before: dict[str, Any], drawn: dict[str, Any]
) -> None:
    """Version and every document are equal, so a set has one name whichever way it came about. GOV-2"""
    policy, shelf = policy_class(), Shelf()
    old = {name: policy(name, **each) for name, each in before.items()}
    changed = {name: each and policy(name, **each) for name, each in drawn.items()}
    base = shelf.hold(cut(policy.sources(*old.values()), CATALOGUE))
    new = {name: each for name, each in {**old, **changed}.items() if each}
    anew = cut(policy.sources(*new.values()), CATALOGUE)
    revision = revise(base, placed(changed))
    assert revision.version == anew.version
    shelf.put(*revision.items, revision.root)
    assert all((item.kind, item.digest) in shelf.bodies for item in anew.items)
    assert revision.policies == len(new)
    assert set(revision.difference.added) == new.keys() - old.keys()
    assert set(revision.difference.removed) == old.keys() - new.keys()
    assert set(revision.difference.replaced) == {n for n in old.keys() & new.keys() if old[n] != new[n]}
    stored = StoredVersion(shelf, revision.version)
    listed = [rule.id for rule, _ in stored.policies()]
    assert sorted(listed) == sorted(new)
    for number, name in enumerate(listed):
        assert [rule.id for rule, _ in stored.policies(after=name)] == listed[number + 1 :]
    assert changed_rules(base, stored).keys() == {n for n in {*old, *new} if old.get(n) != new.get(n)}


@settings(max_examples=effort(30))
@given(sets, st.sets(st.sampled_from(["axon", "ghost", "orbit", "new"])), st.booleans())
def test_a_change_of_what_is_declared_is_a_revision_too(
    policy_class: Any, before: dict[str, Any], services: set[str], calls: bool
) -> None:
    """Services come and go with their targets, and a principal that is no longer declared stays known."""
    policy, shelf = policy_class(), Shelf()
    sources = policy.sources(*(policy(name, **each) for name, each in before.items()))
    called = (policy.call("axon", "orbit", "reason"),) if calls else ()
    catalogue = Catalogue(services=tuple(sorted(services)), calls=called)
    base = shelf.hold(cut(sources, Catalogue(services=("axon", "orbit"))))
    assert revise(base, {}, Replacements(catalogue=catalogue)).version == cut(sources, catalogue).version


def test_a_slice_in_many_parts_is_changed_in_one(policy: Any) -> None:
    """Adding to a group too large for one item rewrites one part; taking away may need fewer parts."""
    shelf = Shelf()
    long = '"' + "x" * 900 + '" == "y"'
    many = [policy(f"p{n}", principal="orbit", action="reason", when=long) for n in range(600)]
    base = shelf.hold(cut(policy.sources(*many), CATALOGUE))
    assert len(base.slice_names(("orbit", "reason"))) == 4
    added = policy("added", principal="orbit", action="reason")
    revision = revise(base, placed({"added": added}))
    assert revision.version == cut(policy.sources(*many, added), CATALOGUE).version
    assert sum(item.kind == "slice" for item in revision.items) == 1
    fewer = revise(base, {one.id: None for one in many[100:]})
    assert fewer.version == cut(policy.sources(*many[:100]), CATALOGUE).version
    more = {f"q{n}": policy(f"q{n}", principal="orbit", action="reason", when=long) for n in range(600)}
    assert revise(base, placed(more)).version == cut(policy.sources(*many, *more.values()), CATALOGUE).version


@pytest.mark.parametrize("count", [10, 5_000])
def test_the_cost_of_a_change_does_not_grow_with_the_set(policy: Any, count: int) -> None:
    """One policy among ten or thousands: the same few documents are read and made. GOV-2"""
    shelf = Shelf()
    services = tuple(f"s{n}" for n in range(max(1, count // 10)))
    many = [policy(f"p{n}", principal=services[n % len(services)], action="reason") for n in range(count)]
    base = shelf.hold(cut(policy.sources(*many), Catalogue(services=services)))
    shelf.read.clear()
    own = services[3 % len(services)]
    replaced = revise(base, placed({"p3": policy("p3", "forbid", principal=own, action="reason")}))
    assert len(shelf.read) <= 6
    assert sorted(item.kind for item in replaced.items) == ["manifest", "slice"]
    shelf.read.clear()
    added = revise(base, placed({"new": policy("new", "forbid", principal=own, action="erase")}))
    assert len(shelf.read) <= 6
    assert sorted(item.kind for item in added.items) == ["bucket", "index", "manifest", "slice"]
