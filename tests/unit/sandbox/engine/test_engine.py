"""The engine on one stack: preview, update, destroy, and what the program reads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import (
    DuplicateResourceError,
    ImportMismatchError,
    MissingResourceError,
    MissingStackError,
    ProtectedResourceError,
    UnknownPropertyError,
)
from sandbox.engine.planning.steps import StackPlan, StepAction
from sandbox.engine.provider import UnknownFunctionError, UnknownResourceTypeError
from sandbox.engine.running.step_executor import Progress
from sandbox.engine.state.store import StateStore
from sandbox.engine.values import wire
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Group, Item, Thing, found, program, running, wanted
from tests.support.engine.values import STACK_URN, URN

CHAIN = (Item("a"), Item("b", refs=("a",)), Item("c", refs=("b",)))


def steps(plan: StackPlan) -> dict[str, str]:
    """Actions by name, without those of the stack itself."""
    return {step.name: step.action.value for step in plan.steps if step.urn != STACK_URN}


def test_creates_in_dependency_order(engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
    """A first update makes everything, each after what it refers to, and gives the outputs."""
    result = engine.up(program(CHAIN))
    assert provider.calls == [("create", "a"), ("create", "b"), ("create", "c")]
    assert found(provider) == wanted(CHAIN)
    assert steps(result.plan) == {"a": "create", "b": "create", "c": "create"}
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
    assert steps(plan) == steps(result.plan) | {"c": "same"}
    assert steps(result.plan) == {"a": "replace", "b": "update", "c": "same", "aside": "update"}
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
    assert steps(kept.plan) == {"a": "replace", "b": "update", "c": "same"}
    assert steps(engine.preview(program(after))[0]) == steps(kept.plan) | {
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
    assert steps(plan) == steps(result.plan) == {"n": "replace", "p": "replace", "q": "replace"}
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
    assert steps(plan) == steps(engine.up(after).plan) == {"n": "replace", "p": "delete"}


def test_deletes_what_is_gone_dependents_first(engine: Engine, provider: MemoryProvider) -> None:
    """What the program no longer has is deleted, users before what they use."""
    engine.up(program(CHAIN))
    provider.calls.clear()
    result = engine.up(program(CHAIN[:1]))
    assert provider.calls == [("delete", "c-3"), ("delete", "b-2")]
    assert steps(result.plan) == {"a": "same", "b": "delete", "c": "delete"}


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


def test_secrets_are_sealed_in_files_and_absent_from_plans(
    engine: Engine, folder: Path, provider: MemoryProvider
) -> None:
    """A secret reaches the provider bare; it is in no plan, and in files only as a sealed value."""
    files: list[str] = []
    provider.point = lambda _label: files.extend(path.read_text() for path in folder.iterdir())

    def main(secret: str) -> Any:
        def declare() -> None:
            thing = Thing("a", {"secret": pulumi.Output.secret(secret), "document": {"x": 1}})
            pulumi.export("secret", thing.secret)  # type: ignore[attr-defined]
            pulumi.export("token", thing.token)

        return running(declare)

    engine.up(main("hush-one"))
    assert provider.things["a-1"]["secret"] == "hush-one"
    plan, outputs = engine.preview(main("hush-two"))
    result = engine.up(main("hush-two"))
    assert provider.things["a-1"]["secret"] == "hush-two"
    (change,) = plan.changes[0].changes
    assert (change.path, change.old, change.new) == ("secret", "[secret]", "[secret]")
    assert "hush" not in repr(plan) + repr(result.plan)
    assert outputs == {"secret": SecretValue("hush-two"), "token": SecretValue("hush-a-1")}
    assert result.outputs == {"secret": "hush-two", "token": "hush-a-1"}
    files.extend(path.read_text() for path in folder.iterdir())
    sealed = f'{{"{wire.SIGNATURE}": "{wire.SECRET}", "plaintext": "\\"hush'
    for text in files:
        assert text.count("hush") == text.count(sealed)


def test_secrecy_that_is_declared_later_counts(engine: Engine, folder: Path) -> None:
    """An output said to be secret becomes so, and one no longer said is not, without a call."""

    def main(**options: Any) -> Any:
        return running(lambda: pulumi.export("arn", Thing("a", opts=pulumi.ResourceOptions(**options)).arn))

    engine.up(main())
    assert engine.preview(main(additional_secret_outputs=["arn"]))[1] == {"arn": SecretValue("arn:a-1")}
    engine.up(main(additional_secret_outputs=["arn"]))
    assert StateStore(folder).load(STACK).resources[URN + "a"].outputs["arn"] == SecretValue("arn:a-1")
    assert StateStore(folder).load(STACK).outputs() == {"arn": SecretValue("arn:a-1")}
    engine.up(main())
    assert StateStore(folder).load(STACK).outputs() == {"arn": "arn:a-1"}


def test_previews_know_that_an_update_may_change_outputs(engine: Engine, provider: MemoryProvider) -> None:
    """What an update may change of the outputs is unknown in a preview, the rest is known."""

    def main(size: int) -> Any:
        def declare() -> None:
            thing = Thing("a", {"size": size})
            Thing("by revision", {"document": thing.revision})
            Thing("by arn", {"document": thing.arn})

        return running(declare)

    engine.up(main(1))
    plan, _ = engine.preview(main(2))
    assert steps(plan) == {"a": "update", "by revision": "update", "by arn": "same"}
    assert steps(engine.up(main(2)).plan) == steps(plan)
    assert [item["document"] for item in provider.things.values() if item["logical"] == "by revision"] == [1]


def test_previews_know_that_an_input_was_taken_away(engine: Engine) -> None:
    """An output that mirrored an input is not what it was when the input is gone."""

    def main(*, with_size: bool) -> Any:
        def declare() -> None:
            thing = Thing("a", {"size": 1 if with_size else None})
            Thing("b", {"document": thing.size})  # type: ignore[attr-defined]

        return running(declare)

    engine.up(main(with_size=True))
    plan, _ = engine.preview(main(with_size=False))
    assert steps(plan) == {"a": "update", "b": "update"}
    assert steps(engine.up(main(with_size=False)).plan) == steps(plan)


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


class TestReading:
    """What a program only reads."""

    def reading(self, identity: Any = "made-1") -> Any:
        def declare() -> None:
            thing = Thing("read", opts=pulumi.ResourceOptions(id=identity))
            Thing("user", {"refs": [thing.id], "document": thing.arn})
            pulumi.export("token", thing.token)

        return running(declare, "other-layer")

    def test_reads_by_id(
        self, engine: Engine, provider: MemoryProvider, folder: Path, store: StateStore
    ) -> None:
        """A resource read by id has its outputs, is recorded as external, and never changed or deleted."""
        engine.up(program((Item("made"),)))
        plan, outputs = engine.preview(self.reading())
        assert steps(plan)["read"] == "read"
        assert outputs == {"token": SecretValue("hush-made-1")}
        assert [step.action for step in plan.steps if step.name == "user"] == [StepAction.CREATE]
        result = engine.up(self.reading())
        assert provider.things["user-2"]["refs"] == ["made-1"]
        assert result.outputs == {"token": "hush-made-1"}
        assert store.resource_count("other-layer") == 1
        before = StateStore(folder).load("other-layer")
        assert engine.up(self.reading()).plan.changes == ()
        assert StateStore(folder).load("other-layer") == before
        engine.up(program((), "other-layer"))
        assert set(found(provider)) == {"made"}

    @pytest.mark.parametrize("run", ["preview", "up"])
    def test_what_is_read_must_exist(self, engine: Engine, run: str) -> None:
        """An id that there is not is an error."""
        with pytest.raises(MissingResourceError, match="there is no resource with id `made-1`"):
            getattr(engine, run)(self.reading())

    def test_an_id_may_be_unknown_in_a_preview(self, engine: Engine) -> None:
        """What is read by the id of something new can not be read yet."""

        def declare() -> None:
            made = Thing("made")
            read = Thing("read", opts=pulumi.ResourceOptions(id=made.id))
            pulumi.export("read", [read.id, read.arn])

        _, outputs = engine.preview(running(declare))
        assert outputs == {"read": [UNKNOWN, UNKNOWN]}
        assert engine.up(running(declare)).outputs == {"read": ["made-1", "arn:made-1"]}

    def test_owned_becomes_read_and_owned_again(self, engine: Engine, provider: MemoryProvider) -> None:
        """Reading what was the program's own leaves it alone; owning what was read makes one."""
        engine.up(program((Item("a"),)))
        read = running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="a-1")) and None)
        engine.up(read)
        assert list(provider.things) == ["a-1"]
        result = engine.up(program((Item("a"),)))
        assert steps(result.plan) == {"a": "create"}
        assert list(provider.things) == ["a-1", "a-2"]

    def test_reading_another_under_an_owned_name_deletes_the_owned(
        self, engine: Engine, provider: MemoryProvider
    ) -> None:
        """What the program owned under that name is no longer wanted."""
        engine.up(program((Item("a"),)))
        engine.up(program((Item("b"),), "other-layer"))
        engine.up(running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="b-2")) and None))
        assert list(provider.things) == ["b-2"]

    def test_does_not_read_over_what_is_protected(self, engine: Engine, provider: MemoryProvider) -> None:
        """A protected resource is not given up for another one that is only read."""
        engine.up(program((Item("a", options={"protect": True}),)))
        engine.up(program((Item("b"),), "other-layer"))
        with pytest.raises(ProtectedResourceError):
            engine.up(running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="b-2")) and None))
        assert sorted(provider.things) == ["a-1", "b-2"]

    def test_imports(self, engine: Engine, provider: MemoryProvider, folder: Path) -> None:
        """An import takes over what exists as the program says; from then on it is the program's own."""
        engine.up(program((Item("a", size=2),)))
        (folder / f"{STACK}.json").unlink()
        imported = Item("a", size=2, options={"import_": "a-1"})
        assert engine.preview(program((imported,)))[1] == {"ids": {"a": "a-1"}}
        assert engine.up(program((imported,))).outputs == {"ids": {"a": "a-1"}}
        assert len(provider.things) == 1
        assert engine.up(program((imported,))).plan.changes == ()
        engine.up(program(()))
        assert provider.things == {}

    def test_does_not_import_what_differs(self, engine: Engine) -> None:
        """What is there is not what the program says, or is not there."""
        engine.up(program((Item("a", size=2),), "other-layer"))
        with pytest.raises(ImportMismatchError, match=r"differs from .* in `size`"):
            engine.up(program((Item("b", size=1, options={"import_": "a-1"}),)))
        with pytest.raises(MissingResourceError):
            engine.up(program((Item("b", options={"import_": "c-1"}),)))

    def test_functions(self, engine: Engine) -> None:
        """Functions are called in a preview as in an update; an unknown one is an error."""
        echo = running(
            lambda: pulumi.export("x", pulumi.runtime.invoke("aws:test/echo:echo", {"a": 1}).value)
        )
        assert engine.preview(echo)[1] == {"x": {"a": 1}}
        assert engine.up(echo).outputs == {"x": {"a": 1}}
        with pytest.raises(UnknownFunctionError, match="does not know the function `aws:test/no:no`"):
            engine.up(running(lambda: pulumi.runtime.invoke("aws:test/no:no", {}) and None))


class TestStackReferences:
    """What one stack reads of another."""

    def reader(self, name: str = "organization/myelin/lower") -> Any:
        def declare() -> None:
            lower = pulumi.StackReference(name)
            Thing("user", {"document": lower.outputs["ids"]["a"], "secret": lower.outputs["secret"]})
            pulumi.export("secret", lower.outputs["secret"])

        return running(declare)

    def lower(self, *names: str) -> Any:
        def declare() -> None:
            pulumi.export("ids", {name: Thing(name).id for name in names})
            pulumi.export("secret", pulumi.Output.secret("hush"))

        return running(declare, "lower")

    def test_reads_recorded_outputs(
        self, engine: Engine, provider: MemoryProvider, folder: Path, store: StateStore
    ) -> None:
        """Outputs arrive, secret ones as secrets, and stay secret in the reading stack's state."""
        engine.up(self.lower("a"))
        result = engine.up(self.reader())
        assert provider.things["user-2"]["document"] == "a-1"
        assert provider.things["user-2"]["secret"] == "hush"
        assert result.outputs == {"secret": "hush"}
        state = StateStore(folder).load(STACK)
        assert state.outputs() == {"secret": SecretValue("hush")}
        assert state.resources[URN + "user"].inputs["secret"] == SecretValue("hush")
        assert store.resource_count(STACK) == 1
        assert engine.up(self.reader()).plan.counts() == {"same": 2, "read": 1}

    @pytest.mark.parametrize(
        "name",
        ["organization/myelin/missing", "organization/other/lower", "other/myelin/lower", "x/y/z/lower"],
    )
    def test_a_missing_stack_is_an_error(self, engine: Engine, name: str) -> None:
        """A stack that was never deployed, or would be another project's, is named."""
        engine.up(self.lower("a"))
        for run in (engine.preview, engine.up):
            with pytest.raises(MissingStackError, match=f"the stack `{name}` has not been deployed"):
                run(self.reader(name))

    @pytest.mark.parametrize("name", ["lower", "myelin/lower"])
    def test_a_short_name_will_do(self, engine: Engine, name: str) -> None:
        """The organization and the project may be left out."""
        engine.up(self.lower("a"))
        engine.up(self.reader(name))

    def test_previews_two_layers(self, engine: Engine) -> None:
        """The lower layer's predicted outputs stand in for recorded ones; unknown ones are unknown alone."""
        engine.up(self.lower("a"))
        engine.up(self.reader())
        _, predicted = engine.preview(self.lower("a", "b"))
        plan, _ = engine.preview(self.reader(), predicted={"lower": predicted})
        assert steps(plan)["user"] == "same"

    def test_previews_two_new_layers(self, engine: Engine) -> None:
        """Neither layer need exist."""
        _, predicted = engine.preview(self.lower("a"))
        plan, outputs = engine.preview(self.reader(), predicted={"lower": predicted})
        assert steps(plan)["user"] == "create"
        assert outputs == {"secret": SecretValue("hush")}


class TestAssets:
    """Files as inputs."""

    def with_code(self, asset: Any) -> Any:
        return running(lambda: Thing("a", {"code": asset}) and None)

    @pytest.mark.parametrize(
        "make",
        [
            pulumi.FileAsset,
            pulumi.FileArchive,
            lambda path: pulumi.AssetArchive({"f": pulumi.FileAsset(path)}),
        ],
    )
    def test_content_counts_and_not_the_place(
        self, engine: Engine, provider: MemoryProvider, tmp_path: Path, make: Any, folder: Path
    ) -> None:
        """A file that moved is the same, and its new place recorded; changed content is an update."""
        first, second = tmp_path / "one.zip", tmp_path / "two.zip"
        first.write_text("content")
        second.write_text("content")
        engine.up(self.with_code(make(str(first))))
        first.unlink()
        provider.calls.clear()
        assert engine.up(self.with_code(make(str(second)))).plan.changes == ()
        assert provider.calls == []
        assert str(second) in repr(StateStore(folder).load(STACK).resources[URN + "a"].outputs)
        second.write_text("changed")
        plan, _ = engine.preview(self.with_code(make(str(second))))
        assert steps(plan) == {"a": "update"}
        engine.up(self.with_code(make(str(second))))
        assert provider.things["a-1"]["code"] in (b"changed", {"f": b"changed"})

    def test_text_counts(self, engine: Engine) -> None:
        """Text is its own content."""
        engine.up(self.with_code(pulumi.StringAsset("one")))
        assert engine.up(self.with_code(pulumi.StringAsset("one"))).plan.changes == ()
        assert steps(engine.up(self.with_code(pulumi.StringAsset("two"))).plan) == {"a": "update"}


def test_documents_are_compared_by_content(engine: Engine) -> None:
    """A policy written differently is the same; one that says something else shows where."""
    engine.up(program((Item("a", extra={"document": '{"a": 1, "b": [1]}'}),)))
    assert engine.up(program((Item("a", extra={"document": '{"b":[1],"a":1}'}),))).plan.changes == ()
    plan, _ = engine.preview(program((Item("a", extra={"document": '{"b":[2],"a":1}'}),)))
    assert [change.path for change in plan.changes[0].changes] == ["document.b[0]"]


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
