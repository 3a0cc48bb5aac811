"""The engine on one stack: preview, update, what is deleted and what is told."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import (
    DuplicateResourceError,
    UnknownPropertyError,
)
from sandbox.engine.provider import ProviderError, UnknownResourceTypeError
from sandbox.engine.running.progress import Progress
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import UNKNOWN
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import action_names
from tests.support.engine.programs import STACK, Group, Item, Thing, found, program, running, wanted
from tests.support.engine.values import URN

CHAIN = (Item("a"), Item("b", refs=("a",)), Item("c", refs=("b",)))


def test_creates_in_dependency_order(engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
    """A first update makes everything, each after what it refers to, and gives the outputs."""
    result = engine.up(program(CHAIN))
    assert provider.calls == [("create", "a"), ("create", "b"), ("create", "c")]
    assert found(provider) == wanted(CHAIN)
    assert action_names(result.plan) == {"a": "create", "b": "create", "c": "create"}
    assert result.outputs == {"ids": {"a": "a-1", "b": "b-2", "c": "c-3"}} == store.outputs(STACK)
    assert result.seconds > 0


def test_a_second_update_does_nothing(engine: Engine, provider: MemoryProvider, folder: Path) -> None:
    """Nothing to do: no call, no change in the plan, and the same checkpoint but for its time."""
    engine.up(program(CHAIN))
    before = StateStore(folder).load(STACK)
    provider.calls.clear()
    result = engine.up(program(CHAIN))
    assert provider.calls == []
    assert (result.plan.changes, result.plan.outputs_changed) == ((), False)
    assert StateStore(folder).load(STACK) == before


def test_a_preview_changes_nothing(engine: Engine, provider: MemoryProvider, folder: Path) -> None:
    """A preview makes no call and writes no file; what only the change brings is unknown."""
    plan, outputs = engine.preview(program(CHAIN))
    assert plan.counts() == {"create": 4}
    assert outputs == {"ids": dict.fromkeys("abc", UNKNOWN)}
    assert (provider.calls, folder.exists()) == ([], False)


def test_updates_what_changed_and_what_follows(engine: Engine, provider: MemoryProvider) -> None:
    """A replaced resource's users are updated before it goes; the others are left alone."""
    engine.up(program((*CHAIN, Item("aside"))))
    provider.calls.clear()
    after = (Item("a", of="b"), *CHAIN[1:], Item("aside", size=2))
    plan, _ = engine.preview(program(after))
    result = engine.up(program(after))
    assert action_names(plan) == action_names(result.plan) | {"c": "same"}
    assert action_names(result.plan) == {"a": "replace", "b": "update", "c": "same", "aside": "update"}
    calls = [(verb, name.split("-")[0]) for verb, name in provider.calls]
    assert [call for call in calls if call[1] != "aside"] == [
        ("create", "a"),
        ("update", "b"),
        ("delete", "a"),
    ]


def test_leftovers_are_kept_on_request(engine: Engine, provider: MemoryProvider) -> None:
    """What was replaced or dropped stays, named, until an update that may delete it."""
    engine.up(program((*CHAIN, Item("aside"))))
    provider.calls.clear()
    after = (Item("a", of="b"), *CHAIN[1:])
    kept = engine.up(program(after), keep_leftovers=True)
    assert [verb for verb, _ in provider.calls] == ["create", "update"]
    assert [urn.rpartition("::")[2] for urn in kept.leftovers] == ["a", "aside"]
    assert action_names(kept.plan) == {"a": "replace", "b": "update", "c": "same"}
    assert action_names(engine.preview(program(after))[0]) == action_names(kept.plan) | {
        "a": "delete",
        "b": "same",
        "aside": "delete",
    }
    cleared = engine.up(program(after))
    assert cleared.leftovers == ()
    assert sorted(name.split("-")[0] for _, name in provider.calls[2:]) == ["a", "aside"]
    assert found(provider) == wanted(after)
    assert engine.up(program(after)).plan.changes == ()


def test_replaces_by_name_with_its_dependents(engine: Engine, provider: MemoryProvider) -> None:
    """A fixed name is deleted before it is made again; what is pinned to it goes before and comes after."""
    items = (Item("n", named=True), Item("p", pins=("n",)), Item("q", pins=("p",)))
    engine.up(program(items))
    provider.calls.clear()
    after = (Item("n", named=True, of="b"), *items[1:])
    plan, _ = engine.preview(program(after))
    result = engine.up(program(after))
    assert action_names(plan) == action_names(result.plan) == {"n": "replace", "p": "replace", "q": "replace"}
    assert provider.calls == [
        ("delete", "q-3"),
        ("delete", "p-2"),
        ("delete", "n-1"),
        ("create", "n"),
        ("create", "p"),
        ("create", "q"),
    ]


def test_says_when_a_dependent_does_not_come_back(engine: Engine) -> None:
    """A dependent that went with what it was pinned to, and is no longer in the program, was deleted."""
    engine.up(program((Item("n", named=True), Item("p", pins=("n",)))))
    after = program((Item("n", named=True, of="b"),))
    plan, _ = engine.preview(after)
    assert action_names(plan) == action_names(engine.up(after).plan) == {"n": "replace", "p": "delete"}


def test_deletes_what_is_gone_dependents_first(engine: Engine, provider: MemoryProvider) -> None:
    """What the program no longer has is deleted, users before what they use."""
    engine.up(program(CHAIN))
    provider.calls.clear()
    result = engine.up(program(CHAIN[:1]))
    assert provider.calls == [("delete", "c-3"), ("delete", "b-2")]
    assert action_names(result.plan) == {"a": "same", "b": "delete", "c": "delete"}


def test_deletes_a_dropped_user_before_what_it_used(engine: Engine, provider: MemoryProvider) -> None:
    """A replaced resource waits for a user that the program dropped."""
    engine.up(program(CHAIN[:2]))
    engine.up(program((Item("a", of="b"),)))
    assert set(found(provider)) == {"a"}


def test_deletes_everything(engine: Engine, provider: MemoryProvider) -> None:
    """An empty program deletes everything, dependents first; again, it does nothing."""
    engine.up(program(CHAIN))
    provider.calls.clear()
    result = engine.up(program(()))
    assert provider.calls == [("delete", "c-3"), ("delete", "b-2"), ("delete", "a-1")]
    assert result.plan.counts() == {"same": 1, "delete": 3}
    assert (provider.things, result.outputs) == ({}, {"ids": {}})
    assert engine.up(program(())).plan.changes == ()


def test_outputs_no_longer_exported_are_gone(engine: Engine) -> None:
    """The stack's outputs are those of the last update, and a change of them alone is said."""

    def exporting(**outputs: Any) -> Any:
        return running(lambda: [pulumi.export(name, value) for name, value in outputs.items()])

    engine.up(exporting(a=1, b=[{"c": True}]))
    plan, predicted = engine.preview(exporting(a=1))
    assert (plan.changes, plan.outputs_changed, predicted) == ((), True, {"a": 1})
    result = engine.up(exporting(a=1))
    assert (result.plan.outputs_changed, result.outputs) == (True, {"a": 1})
    assert engine.up(exporting()).outputs == {}


def test_components_are_names(
    engine: Engine, provider: MemoryProvider, folder: Path, store: StateStore
) -> None:
    """Components are recorded with parents and outputs, nest their children's URNs, and go as they came."""

    def main() -> None:
        outer = Group("outer")
        inner = Group("inner", pulumi.ResourceOptions(parent=outer))
        thing = Thing("a", opts=pulumi.ResourceOptions(parent=inner))
        inner.register_outputs({"arn": thing.arn})

    engine.up(running(main))
    resources = {
        urn.split("::", 2)[2]: item for urn, item in StateStore(folder).load(STACK).resources.items()
    }
    chain = "test:it:Group$test:it:Group"
    assert set(resources) == {
        "pulumi:pulumi:Stack::myelin-test-layer",
        "test:it:Group::outer",
        f"{chain}::inner",
        f"{chain}$aws:test/thing:Thing::a",
    }
    assert resources[f"{chain}::inner"].outputs == {"arn": "arn:a-1"}
    assert resources[f"{chain}::inner"].parent.endswith("test:it:Group::outer")
    assert provider.calls == [("create", "a")]
    assert store.resource_count(STACK) == 1
    result = engine.up(running(lambda: None))
    assert result.plan.counts() == {"same": 1, "delete": 3}


def test_moves_between_parents_without_a_call(engine: Engine, provider: MemoryProvider, folder: Path) -> None:
    """An edge of the graph that changes is recorded, though there is nothing to do."""

    def main(parent: str) -> Any:
        def declare() -> None:
            groups = {name: Group(name) for name in ("x", "y")}
            Thing("a", opts=pulumi.ResourceOptions(parent=groups[parent]))

        return running(declare)

    engine.up(main("x"))
    provider.calls.clear()
    engine.up(main("y"))
    assert provider.calls == []
    (thing,) = [item for item in StateStore(folder).load(STACK).resources.values() if item.custom]
    assert thing.parent.endswith("Group::y")


class TestRefusals:
    """What is wrong is an error that says where, in a preview and in an update."""

    @pytest.mark.parametrize("run", ["preview", "up"])
    def test_unknown_property(self, engine: Engine, provider: MemoryProvider, run: str) -> None:
        """An input without a mapping."""
        with pytest.raises(UnknownPropertyError, match=f"the property `colour` of `{URN}a`"):
            getattr(engine, run)(program((Item("a", extra={"colour": "red"}),)))
        assert provider.calls == []

    @pytest.mark.parametrize("run", ["preview", "up"])
    def test_unknown_type(self, engine: Engine, run: str) -> None:
        """A type without a mapping."""
        with pytest.raises(UnknownResourceTypeError, match="the resource type `aws:test/no:No`"):
            getattr(engine, run)(running(lambda: Thing("a", token="aws:test/no:No") and None))

    @pytest.mark.parametrize("run", ["preview", "up"])
    def test_duplicate_name(self, engine: Engine, run: str) -> None:
        """Two resources with one URN."""
        with pytest.raises(DuplicateResourceError, match=f"two resources have the name `{URN}a`"):
            getattr(engine, run)(running(lambda: [Thing("a"), Thing("a")]))


def test_watches_each_step(engine: Engine) -> None:
    """A watcher sees each step on a real resource begin, and end with the seconds it took."""
    news: list[Progress] = []
    lock = threading.Lock()

    def watch(progress: Progress) -> None:
        with lock:
            news.append(progress)

    engine.up(program((*CHAIN, Item("n", named=True))), watch=watch)
    news.clear()
    after = (Item("a", of="b"), CHAIN[1], Item("n", named=True, of="b"))
    plan, _ = engine.preview(program(after))
    result = engine.up(program(after), watch=watch)
    begun = [item.step for item in news if item.seconds is None]
    ended = [item.step for item in news if item.seconds is not None]
    assert sorted(map(repr, begun)) == sorted(map(repr, ended)) == sorted(map(repr, result.plan.changes))
    assert len(begun) == len(plan.changes) == 4
    assert all(item.error == "" for item in news)


def test_writes_grow_linearly(engine: Engine, folder: Path) -> None:
    """Twice the resources are twice the bytes written, journal and checkpoints together, not four times."""
    written: dict[int, int] = {}
    for count in (20, 40):
        sizes: dict[str, int] = {}
        total = 0

        def look(_progress: Progress, sizes: dict[str, int] = sizes) -> None:
            for path in folder.glob("*.journal"):
                sizes[path.name] = path.stat().st_size

        engine.up(program([Item(f"t{number}") for number in range(count)], f"s-{count}"), watch=look)
        total = sum(sizes.values()) + (folder / f"s-{count}.json").stat().st_size
        written[count] = total
    assert 1.5 < written[40] / written[20] < 2.5


def test_destroys_everything_and_forgets(engine: Engine, provider: MemoryProvider, folder: Path) -> None:
    """Dependents go first, what is protected goes, too, and no file of the stack is left."""
    protected = Item("d", refs=("c",), options={"protect": True})
    engine.up(program((*CHAIN, protected)))
    provider.calls.clear()
    engine.destroy(STACK)
    assert provider.calls == [("delete", "d-4"), ("delete", "c-3"), ("delete", "b-2"), ("delete", "a-1")]
    assert (provider.things, list(folder.iterdir())) == ({}, [])
    engine.up(program(CHAIN))
    assert found(provider) == wanted(CHAIN)


def test_what_cannot_be_destroyed_is_recorded_still(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """What AWS refuses to delete stays, with all that it stands on; another try goes on from there."""
    engine.up(program(CHAIN))
    provider.refuse = lambda verb, name: "in use" if (verb, name) == ("delete", "b-2") else None
    with pytest.raises(ProviderError, match="in use"):
        engine.destroy(STACK)
    assert {item.name for item in CHAIN if URN + item.name in store.load(STACK).resources} == {"a", "b"}
    provider.refuse = lambda _verb, _name: None
    engine.destroy(STACK)
    assert provider.things == {}
