from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.changing.publish import current, deploy, deployable, publish
from policies.calls.errors import MergeConflictError, StoreCorruptError
from policies.calls.rehearsing.judging import CasesFailedError, InvalidCaseError
from policies.calls.store.ledger import Ledger
from policies.calls.store.reading import PolicyStore
from policies.calls.trail.chain import verify, walk
from policies.calls.versions.documents import Item, Kind
from policies.calls.versions.revise import Surroundings, compare, revise
from policies.calls.versions.slices import Catalogue, PolicyVersion, cut
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

    def load(self, kind: Kind, name: str) -> str:
        self.read.append(kind)
        if (kind, name) not in self.bodies:
            raise StoreCorruptError("absent", table=self.table)
        return self.bodies[kind, name]


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
    revision = revise(base, changed)
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
    assert compare(base, stored).keys() == {n for n in {*old, *new} if old.get(n) != new.get(n)}


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
    assert revise(base, {}, Surroundings(catalogue=catalogue)).version == cut(sources, catalogue).version


def test_a_slice_in_many_parts_is_changed_in_one(policy: Any) -> None:
    """Adding to a group too large for one item rewrites one part; taking away may need fewer parts."""
    shelf = Shelf()
    long = '"' + "x" * 900 + '" == "y"'
    many = [policy(f"p{n}", principal="orbit", action="reason", when=long) for n in range(600)]
    base = shelf.hold(cut(policy.sources(*many), CATALOGUE))
    assert len(base.parts(("orbit", "reason"))) == 4
    added = policy("added", principal="orbit", action="reason")
    revision = revise(base, {"added": added})
    assert revision.version == cut(policy.sources(*many, added), CATALOGUE).version
    assert sum(item.kind == "slice" for item in revision.items) == 1
    fewer = revise(base, {one.id: None for one in many[100:]})
    assert fewer.version == cut(policy.sources(*many[:100]), CATALOGUE).version
    more = {f"q{n}": policy(f"q{n}", principal="orbit", action="reason", when=long) for n in range(600)}
    assert revise(base, more).version == cut(policy.sources(*many, *more.values()), CATALOGUE).version


@pytest.mark.parametrize("count", [10, 5_000])
def test_the_cost_of_a_change_does_not_grow_with_the_set(policy: Any, count: int) -> None:
    """One policy among ten or thousands: the same few documents are read and made. GOV-2"""
    shelf = Shelf()
    services = tuple(f"s{n}" for n in range(max(1, count // 10)))
    many = [policy(f"p{n}", principal=services[n % len(services)], action="reason") for n in range(count)]
    base = shelf.hold(cut(policy.sources(*many), Catalogue(services=services)))
    shelf.read.clear()
    own = services[3 % len(services)]
    replaced = revise(base, {"p3": policy("p3", "forbid", principal=own, action="reason")})
    assert len(shelf.read) <= 6
    assert sorted(item.kind for item in replaced.items) == ["manifest", "slice"]
    shelf.read.clear()
    added = revise(base, {"new": policy("new", "forbid", principal=own, action="erase")})
    assert len(shelf.read) <= 6
    assert sorted(item.kind for item in added.items) == ["bucket", "index", "manifest", "slice"]


def deployed(dynamodb: Any, sources: Any, **more: Any) -> Any:
    expected = deployable("policies", sources, CATALOGUE, dynamodb)
    made = deploy("policies", sources, CATALOGUE, dynamodb, **more)
    assert made.version == expected
    assert current("policies", dynamodb).version == expected  # type: ignore[union-attr]
    return made


def names(dynamodb: Any) -> list[str]:
    store = PolicyStore(dynamodb, "policies")
    pointer = store.pointer()
    assert pointer is not None
    return sorted(rule.id for rule, _ in StoredVersion(store, pointer.version).policies())


def test_a_folder_that_was_merged_can_change_again(dynamodb: Any, policy: Any) -> None:
    """What the folder was is kept, though it never was current by itself; the next change is told from it."""
    deployed(dynamodb, policy.sources(policy("a")))
    publish("policies", policy.sources(policy("a"), policy("theirs")), CATALOGUE, dynamodb)
    for folder, wanted in ((("a", "b"), ["a", "b", "theirs"]), (("b",), ["b", "theirs"])):
        assert deployed(dynamodb, policy.sources(*(policy(name) for name in folder))).changed
        assert names(dynamodb) == wanted


def test_a_deployment_leaves_what_others_changed_meanwhile(dynamodb: Any, policy: Any) -> None:
    """The folder as it was changes nothing; the folder with a change brings in that change alone."""
    folder = policy.sources(policy("a"), policy("b"))
    assert deployed(dynamodb, folder).changed
    theirs = policy.sources(policy("a"), policy("b"), policy("emergency", "forbid"))
    publish("policies", theirs, CATALOGUE, dynamodb)
    assert not deployed(dynamodb, folder).changed
    assert names(dynamodb) == ["a", "b", "emergency"]
    assert deployed(dynamodb, policy.sources(policy("a"), policy("c"))).changed
    assert names(dynamodb) == ["a", "c", "emergency"]
    taken = policy.sources(policy("a"), policy("c"), policy("emergency", "forbid"))
    assert not deployed(dynamodb, taken).changed
    assert deployed(dynamodb, policy.sources(policy("a"))).changed
    assert names(dynamodb) == ["a"]


def test_a_policy_that_both_changed_is_a_conflict(dynamodb: Any, policy: Any) -> None:
    """Neither the folder's policy nor the other one is lost without somebody deciding so."""
    deployed(dynamodb, policy.sources(policy("a"), policy("b")))
    publish("policies", policy.sources(policy("a", "forbid"), policy("b")), CATALOGUE, dynamodb)
    changed = policy.sources(policy("a", when="true"), policy("b"))
    with pytest.raises(MergeConflictError) as caught:
        deploy("policies", changed, CATALOGUE, dynamodb)
    assert caught.value.policies == ("a",)
    assert caught.value.message == (
        "the policy folder changed `a`, and so did somebody since it was last deployed"
    )


def test_a_version_whose_cases_fail_is_not_deployed(dynamodb: Any, policy: Any) -> None:
    """The cases are asked of the version as it would be; when one fails the table stays as it is. GOV-2"""
    asks = {"service": "orbit", "intent": "reason", "target": "axon"}
    cases = [{"name": "it may", "request": asks, "expect": "allow"}]
    deploy("policies", policy.sources(policy("a")), CATALOGUE, dynamodb, cases=cases)
    before = dynamodb.scan(TableName="policies")["Items"]
    with pytest.raises(CasesFailedError) as caught:
        deploy("policies", policy.sources(policy("b", "forbid")), CATALOGUE, dynamodb, cases=cases)
    assert caught.value.message == (
        "1 of 1 cases fail, the first is `it may`: expected allow, but it is denied by `b`: why b"
    )
    with pytest.raises(InvalidCaseError, match="case 1 is not a case: `expect`: field required"):
        deploy("policies", policy.sources(), CATALOGUE, dynamodb, cases=[{"name": "x", "request": asks}])
    assert dynamodb.scan(TableName="policies")["Items"] == before


def test_every_publish_is_in_the_audit_trail(dynamodb: Any, policy: Any) -> None:
    """Who, from which version to which, and what that changed, in the transaction of the change itself."""
    first = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb, actor="ada")
    second = deploy("policies", policy.sources(policy("b")), CATALOGUE, dynamodb, actor="bob")
    publish("policies", policy.sources(policy("b")), CATALOGUE, dynamodb, actor="eve")
    ledger = Ledger(dynamodb, "policies")
    one, two = (entry.record for entry in walk(ledger.all_links()))
    assert (one.actor, one.before, one.after) == ("ada", None, first.version)
    assert (two.actor, two.before, two.after) == ("bob", first.version, second.version)
    assert two.details["added"] == {"count": 1, "ids": ["b"]}
    assert two.details["removed"] == {"count": 1, "ids": ["a"]}
    assert verify(ledger.all_links(), ()) == ledger.head()
