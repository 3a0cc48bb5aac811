"""Aliases: a resource that is called something else is still the one it was, as for Pulumi's engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import DuplicateResourceError
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.program.program import Program
from sandbox.engine.state.store import StateStore
from tests.support.engine.crash_points import CrashPoints
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import changed
from tests.support.engine.programs import STACK, Group, Item, Thing, program, running
from tests.support.engine.values import URN


class TestAliases:
    """A resource that is called something else is still the one it was."""

    RENAMED = Item("new", options={"aliases": [pulumi.Alias(name="old")]})

    def test_renames(self, engine: Engine, provider: MemoryProvider, folder: Path) -> None:
        """A renamed resource is kept, in preview and update, and what refers to it goes on doing so."""
        engine.up(program((Item("old"), Item("user", refs=("old",)))))
        provider.calls.clear()
        after = program((self.RENAMED, Item("user", refs=("new",))))
        plan, _ = engine.preview(after)
        assert plan.changes == ()
        assert [step.formerly for step in plan.steps if step.name == "new"] == [URN + "old"]
        assert engine.up(after).plan.changes == ()
        assert provider.calls == []
        state = StateStore(folder).load(STACK)
        assert state.resources[URN + "new"].id.startswith("old-")
        assert state.resources[URN + "user"].dependencies == (URN + "new",)
        assert URN + "old" not in state.resources
        assert engine.up(after).plan.changes == ()

    @pytest.mark.parametrize(
        ("change", "action"),
        [({"size": 2}, StepAction.UPDATE), ({"of": "b"}, StepAction.REPLACE)],
    )
    def test_renames_with_a_change(
        self,
        engine: Engine,
        provider: MemoryProvider,
        folder: Path,
        change: dict[str, Any],
        action: StepAction,
    ) -> None:
        """Renamed and changed at once: still one resource, wherever the run is killed."""
        engine.up(program((Item("old"), Item("user", refs=("old",)))))
        after = program((Item(**{**vars(self.RENAMED), **change}), Item("user", refs=("new",))))
        plan, _ = engine.preview(after)
        assert changed(plan)["new"] is action
        crashes = CrashPoints(provider, folder)
        with crashes.collected() as watched:
            watched.up(after)
        for crash in crashes.all:
            crashes.leave(crash).up(after)
            kept = {"old", "user"} if action is StepAction.UPDATE else {"new", "user"}
            assert {item["logical"] for item in provider.things.values()} == kept
            assert len(provider.things) == 2

    def test_renames_what_is_deleted_first(self, engine: Engine, provider: MemoryProvider) -> None:
        """A renamed resource that is replaced delete first takes what is pinned to it along."""
        engine.up(program((Item("n", named=True), Item("p", pins=("n",)))))
        provider.calls.clear()
        renamed = Item("m", named=True, of="b", options={"aliases": [pulumi.Alias(name="n")]})
        result = engine.up(program((renamed, Item("p", pins=("m",)))))
        assert [verb for verb, _ in provider.calls] == ["delete", "delete", "create", "create"]
        assert changed(result.plan) == {"m": StepAction.REPLACE, "p": StepAction.REPLACE}

    def nested(self, group: str, *, alias: bool, prefix: str = "") -> Program:
        def main() -> None:
            aliases: list[Any] = [pulumi.Alias(name="old", type_="test:it:Was")] if alias else []
            outer = Group(
                group, pulumi.ResourceOptions(aliases=aliases), "test:it:Group" if alias else "test:it:Was"
            )
            inner = Group(f"{prefix}inner", pulumi.ResourceOptions(parent=outer))
            Thing(f"{prefix}leaf", opts=pulumi.ResourceOptions(parent=inner))

        return running(main)

    def test_renaming_a_component_renames_what_is_in_it(
        self, engine: Engine, provider: MemoryProvider, folder: Path
    ) -> None:
        """Children need no alias of their own, wherever the run is killed."""
        engine.up(self.nested("old", alias=False, prefix="old-"))
        provider.calls.clear()
        after = self.nested("new", alias=True, prefix="new-")
        # only direct children take the new name from their parent
        crashes = CrashPoints(provider, folder)
        with crashes.collected() as watched:
            plan, _ = watched.preview(after)
            watched.up(after)
        assert changed(plan) == {"new-leaf": StepAction.CREATE, "old-leaf": StepAction.DELETE}
        engine.up(program(()))
        engine.up(self.nested("old", alias=False))
        provider.calls.clear()
        after = self.nested("new", alias=True)
        crashes = CrashPoints(provider, folder)
        with crashes.collected() as watched:
            plan, _ = watched.preview(after)
            assert watched.up(after).plan.changes == plan.changes == ()
        assert len(crashes.all) == 4
        for crash in crashes.all:
            assert crashes.leave(crash).up(after).plan.changes == ()
        assert provider.calls == []

    def test_moves_into_a_component(self, engine: Engine, provider: MemoryProvider) -> None:
        """An alias without a parent keeps a resource that moves below one."""
        engine.up(program((Item("a"),)))
        provider.calls.clear()

        def main() -> None:
            aliases: list[Any] = [pulumi.Alias(parent=None)]
            options = pulumi.ResourceOptions(parent=Group("group"), aliases=aliases)
            Thing("a", {"size": 1, "of": "a", "refs": [], "pins": []}, options)

        assert changed(engine.up(running(main)).plan) == {"group": StepAction.CREATE}
        assert provider.calls == []

    def test_an_alias_may_change_the_type(self, engine: Engine, provider: MemoryProvider) -> None:
        """A resource known under another type is updated as one of the new type."""
        engine.up(
            running(lambda: Thing("a", {"size": 1, "name": "x"}, token="aws:test/named:Named") and None)
        )
        aliases: list[Any] = [pulumi.Alias(type_="aws:test/named:Named")]
        after = running(lambda: Thing("a", {"size": 2}, pulumi.ResourceOptions(aliases=aliases)) and None)
        assert changed(engine.up(after).plan) == {"a": StepAction.UPDATE}
        assert len(provider.things) == 1
        assert engine.up(after).plan.changes == ()

    @pytest.mark.parametrize("run", ["preview", "up"])
    @pytest.mark.parametrize("first", [True, False])
    def test_an_alias_of_something_else_is_refused(self, engine: Engine, run: str, first: bool) -> None:
        """Two resources cannot both be the one that was recorded, whichever comes first."""
        engine.up(program((Item("old"),)))
        both = [self.RENAMED, Item("old")]
        with pytest.raises(DuplicateResourceError, match=f"two resources have the name `{URN}old`"):
            getattr(engine, run)(program(both if first else both[::-1]))

    def test_an_alias_that_nothing_has_is_no_matter(self, engine: Engine) -> None:
        """An alias may stay in the program for ever."""
        engine.up(program((self.RENAMED,)))
        assert engine.up(program((self.RENAMED,))).plan.changes == ()

    def test_a_component_is_no_alias_of_a_resource(self, engine: Engine, provider: MemoryProvider) -> None:
        """What is recorded as a component does not become a resource with no id."""
        engine.up(running(lambda: Group("a") and None))
        aliases: list[Any] = [pulumi.Alias(type_="test:it:Group")]
        after = running(lambda: Thing("a", opts=pulumi.ResourceOptions(aliases=aliases)) and None)
        assert sorted(step.action for step in engine.up(after).plan.changes) == [
            StepAction.CREATE,
            StepAction.DELETE,
        ]
        assert list(provider.things) == ["a-1"]
