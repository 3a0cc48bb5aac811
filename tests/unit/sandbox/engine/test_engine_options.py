"""The resource options that the engine carries out, as Pulumi's engine does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import ExplicitProviderError, ProtectedResourceError, UnsupportedOptionError
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.program.program import Program
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import changed
from tests.support.engine.programs import STACK, Item, Thing, found, program, running, wanted
from tests.support.engine.values import URN


def declared(**props: Any) -> Callable[..., Program]:
    """A program of one Thing `a` with these inputs and the options that are given."""
    return lambda **options: running(lambda: Thing("a", props, pulumi.ResourceOptions(**options)) and None)


PROTECTED = Item("a", options={"protect": True})


class TestProtect:
    """What is protected stays."""

    @pytest.mark.parametrize(
        "after",
        [(), (Item("a", of="b", options={"protect": True}),)],
        ids=["dropped", "replaced"],
    )
    def test_refuses_before_anything_is_changed(
        self, engine: Engine, provider: MemoryProvider, folder: Path, after: tuple[Item, ...]
    ) -> None:
        """Neither preview nor update does anything when something protected would have to go."""
        engine.up(program((PROTECTED, Item("old"))))
        provider.calls.clear()
        before = StateStore(folder).load(STACK)
        for run in (engine.preview, engine.up):
            with pytest.raises(ProtectedResourceError, match=f"`{URN}a` is protected and would be") as caught:
                run(program((*after, Item("new"))))
            assert caught.value.urn == URN + "a"
        assert provider.calls == []
        assert StateStore(folder).load(STACK) == before

    def test_refuses_before_clearing(self, engine: Engine, provider: MemoryProvider) -> None:
        """What waits for deletion stays, too, while something protected is in the way."""
        engine.up(program((PROTECTED, Item("b"))))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        with pytest.raises(Exception, match="not today"):
            engine.up(program((PROTECTED, Item("b", of="b"))))
        provider.refuse = lambda _verb, _name: None
        provider.calls.clear()
        with pytest.raises(ProtectedResourceError):
            engine.up(program((Item("b", of="b"),)))
        with pytest.raises(ProtectedResourceError):
            engine.up(program(()))
        assert provider.calls == []

    def test_refuses_to_delete_everything(self, engine: Engine, provider: MemoryProvider) -> None:
        """A stack with something protected is not emptied, not even in part."""
        engine.up(program((PROTECTED, Item("b"))))
        with pytest.raises(ProtectedResourceError):
            engine.up(program(()))
        assert len(provider.things) == 2

    def test_protects_what_depends_on_a_name(self, engine: Engine, provider: MemoryProvider) -> None:
        """A protected resource is not carried away by what it is pinned to."""
        engine.up(program((Item("n", named=True), Item("p", pins=("n",), options={"protect": True}))))
        provider.calls.clear()
        for options in ({"protect": True}, {}):
            with pytest.raises(ProtectedResourceError):
                engine.up(program((Item("n", named=True, of="b"), Item("p", pins=("n",), options=options))))
        assert provider.calls == []

    def test_does_not_protect_what_was_replaced(self, engine: Engine, provider: MemoryProvider) -> None:
        """What waits for deletion is not wanted any more, however it was protected before it was replaced."""
        engine.up(program((Item("n", named=True), Item("p", pins=("n",), options={"protect": True}))))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        with pytest.raises(Exception, match="not today"):
            engine.up(program((Item("n", named=True), Item("p", of="b"))))
        provider.refuse = lambda _verb, _name: None
        after = (Item("n", named=True, of="b"), Item("p", of="b"))
        engine.up(program(after))
        assert found(provider) == wanted(after)

    def test_may_be_updated(self, engine: Engine, provider: MemoryProvider) -> None:
        """Protection is against going, not against changing."""
        engine.up(program((PROTECTED,)))
        engine.up(program((Item("a", size=2, options={"protect": True}),)))
        assert provider.things["a-1"]["size"] == 2

    def test_comes_off_without_a_call(self, engine: Engine, provider: MemoryProvider) -> None:
        """Taking protection off is recorded; then the resource may go. A replacement may come with it."""
        engine.up(program((PROTECTED, Item("b", options={"protect": True}))))
        provider.calls.clear()
        result = engine.up(program((Item("a"), Item("b", of="b"))))
        assert changed(result.plan) == {"b": StepAction.REPLACE}
        engine.up(program(()))
        assert provider.things == {}

    def test_guards_without_running_twice_for_nothing(self, engine: Engine) -> None:
        """The program is run once more than needed only where something is protected."""
        runs: list[bool] = []

        def main(*, protect: bool) -> Program:
            def declare() -> None:
                runs.append(pulumi.runtime.is_dry_run())
                Thing("a", opts=pulumi.ResourceOptions(protect=protect))

            return running(declare)

        engine.up(main(protect=False))
        engine.up(main(protect=True))
        assert runs == [False, False]
        engine.up(main(protect=True))
        assert runs == [False, False, True, False]


class TestChanges:
    """Which changes count, and what they force."""

    @pytest.mark.parametrize("path", ["size", "*"])
    def test_ignore_changes(self, engine: Engine, provider: MemoryProvider, path: str) -> None:
        """An ignored change does nothing; the recorded value goes on counting."""
        engine.up(declared(size=1, of="a")())
        provider.calls.clear()
        assert engine.up(declared(size=2, of="a")(ignore_changes=[path])).plan.changes == ()
        assert provider.calls == []
        assert changed(engine.preview(declared(size=2, of="a")())[0]) == {"a": StepAction.UPDATE}

    def test_ignore_changes_within(self, engine: Engine, provider: MemoryProvider) -> None:
        """Only the part that the path names is ignored; another change goes with the recorded value of it."""
        engine.up(declared(document={"x": 1, "y": 1})())
        ignoring = declared(document={"x": 2, "y": 2})(ignore_changes=["document.x"])
        assert changed(engine.up(ignoring).plan) == {"a": StepAction.UPDATE}
        assert provider.things["a-1"]["document"] == {"x": 1, "y": 2}

    def test_ignore_changes_of_a_new_resource(self, engine: Engine, provider: MemoryProvider) -> None:
        """There is nothing to keep at first."""
        engine.up(declared(size=1)(ignore_changes=["size"]))
        assert provider.things["a-1"]["size"] == 1

    @pytest.mark.parametrize(
        ("path", "action"),
        [
            ("size", StepAction.UPDATE),
            ("document", StepAction.REPLACE),
            ("document.x", StepAction.REPLACE),
            ("document.y", StepAction.UPDATE),
            ("*", StepAction.REPLACE),
        ],
    )
    def test_replace_on_changes(self, engine: Engine, path: str, action: StepAction) -> None:
        """A change at the path, at any depth, forces a replacement; others do not."""
        engine.up(declared(document={"x": 1, "y": 1}, size=1)())
        after = declared(document={"x": 2, "y": 1}, size=1)(replace_on_changes=[path])
        assert changed(engine.preview(after)[0]) == {"a": action}
        assert changed(engine.up(after).plan) == {"a": action}

    @pytest.mark.parametrize("named", [False, True])
    @pytest.mark.parametrize("option", [None, False, True])
    def test_delete_before_replace(
        self, engine: Engine, provider: MemoryProvider, named: bool, option: bool | None
    ) -> None:
        """The option decides the order; without it the type does."""
        item = Item("a", named=named)
        engine.up(program((item,)))
        provider.calls.clear()
        after = Item("a", named=named, of="b", options={"delete_before_replace": option})
        first = named if option is None else option
        plan, _ = engine.preview(program((after,)))
        assert [step.delete_first for step in plan.changes] == [first]
        if named and not first:
            with pytest.raises(Exception, match="AlreadyExists"):
                engine.up(program((after,)))
            return
        engine.up(program((after,)))
        assert [verb for verb, _ in provider.calls] == (
            ["delete", "create"] if first else ["create", "delete"]
        )
        assert found(provider) == wanted((after,))


class TestRetainOnDelete:
    """What is to be kept is only forgotten."""

    RETAINED = Item("a", options={"retain_on_delete": True})

    def test_dropped(self, engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
        """A dropped resource leaves the state and stays in being."""
        engine.up(program((self.RETAINED,)))
        result = engine.up(program(()))
        assert changed(result.plan) == {"a": StepAction.DELETE}
        assert list(provider.things) == ["a-1"]
        assert store.resource_count(STACK) == 0

    def test_replaced(self, engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
        """The old one of a replacement stays in being."""
        engine.up(program((self.RETAINED,)))
        engine.up(program((Item("a", of="b", options={"retain_on_delete": True}),)))
        assert list(provider.things) == ["a-1", "a-2"]
        assert store.resource_count(STACK) == 1

    def test_with_everything_else(self, engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
        """Deleting everything leaves it alone, and forgets it."""
        engine.up(program((self.RETAINED, Item("b"))))
        engine.up(program(()))
        assert [item["logical"] for item in provider.things.values()] == ["a"]
        assert store.resource_count(STACK) == 0


def test_refuses_options_it_does_not_carry_out(engine: Engine, provider: MemoryProvider) -> None:
    """An option that would be ignored is refused, in a preview and in an update, and nothing is done."""

    def main() -> None:
        other = Thing("other")
        Thing("a", opts=pulumi.ResourceOptions(deleted_with=other))

    for run in (engine.preview, engine.up):
        with pytest.raises(
            UnsupportedOptionError, match="does not carry out the resource option `deleted_with`"
        ):
            run(running(main))
    assert [name for _, name in provider.calls] in ([], ["other"])


@pytest.mark.parametrize("used", [False, True])
def test_a_provider_of_ones_own_is_refused(engine: Engine, used: bool) -> None:
    """An explicit provider is another one than the engine has: it is named, and what to do."""

    def main() -> None:
        provider = pulumi.ProviderResource("aws", "mine", {})
        if used:
            Thing("a", opts=pulumi.ResourceOptions(provider=provider))

    with pytest.raises(ExplicitProviderError) as caught:
        engine.preview(running(main))
    assert caught.value.urn.endswith("::pulumi:providers:aws::mine")
    assert caught.value.message.endswith(
        "is, or has, an explicit provider, and the sandbox has its own alone"
    )
    assert caught.value.hint.startswith("leave it to the default provider")
