"""Steps that AWS refuses, and steps that fail halfway."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.provider import ProviderError
from sandbox.engine.running.progress import Progress
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, Thing, found, program, running, wanted
from tests.support.engine.unreliable_providers import HalfwayProvider
from tests.support.engine.values import URN

SOON = 20.0
"""Seconds after which a test gives up waiting."""


def refusing(verb: str, name: str) -> Callable[[str, str], str | None]:
    return lambda step, subject: "not today" if (step, subject.split("-")[0]) == (verb, name) else None


def allowing(_verb: str, _name: str) -> None:
    return None


class TestRefusedSteps:
    """AWS says no."""

    def test_the_error_is_the_providers_and_others_are_recorded(
        self, engine: Engine, provider: MemoryProvider
    ) -> None:
        """What was under way when a step is refused is recorded, and the next run goes on from there."""
        begun, refused = threading.Event(), threading.Event()

        def wait(_verb: str, name: str) -> None:
            if name == "slow":
                begun.set()
                assert refused.wait(SOON)
            elif name == "bad":
                assert begun.wait(SOON)

        def watch(progress: Progress) -> None:
            if progress.error:
                refused.set()

        provider.wait = wait
        provider.refuse = refusing("create", "bad")
        items = (Item("slow"), Item("bad"), Item("on", refs=("bad",)))
        with pytest.raises(
            ProviderError, match=f"create failed for `{URN}bad`: Refused: not today"
        ) as caught:
            engine.up(program(items), watch=watch)
        assert caught.value.code == "Refused"
        assert provider.calls == [("create", "slow")]
        provider.wait, provider.refuse = allowing, allowing
        engine.up(program(items))
        assert found(provider) == wanted(items)
        assert [call for call in provider.calls if call[1] == "slow"] == [("create", "slow")]

    @pytest.mark.parametrize(
        ("verb", "after"), [("update", Item("a", size=2)), ("create", Item("a", of="b"))]
    )
    def test_a_refused_change_leaves_what_there_was(
        self, engine: Engine, provider: MemoryProvider, folder: Path, verb: str, after: Item
    ) -> None:
        """State and provider keep the old resource when its update or its replacement is refused."""
        engine.up(program((Item("a"),)))
        before = StateStore(folder).load(STACK)
        provider.refuse = refusing(verb, "a")
        with pytest.raises(ProviderError):
            engine.up(program((after,)))
        assert StateStore(folder).load(STACK) == before
        assert found(provider) == wanted((Item("a"),))

    def test_a_refused_deletion_is_tried_again(self, engine: Engine, provider: MemoryProvider) -> None:
        """What could not be deleted, replaced or dropped, is deleted by the next run, which says so."""
        engine.up(program((Item("a"), Item("b"))))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        with pytest.raises(ProviderError):
            engine.up(program((Item("a", of="b"),)))
        provider.refuse = allowing
        after = program((Item("a", of="b"),))
        plan, _ = engine.preview(after)
        result = engine.up(after)
        assert sorted((step.name, step.note) for step in plan.changes) == [
            ("a", "left over from a replacement"),
            ("b", ""),
        ]
        assert sorted(map(repr, plan.changes)) == sorted(map(repr, result.plan.changes))
        assert found(provider) == wanted((Item("a", of="b"),))

    def test_replaced_twice_before_clearing(self, engine: Engine, provider: MemoryProvider) -> None:
        """A resource replaced by two runs that could not delete leaves two old ones; both go in the end."""
        engine.up(program((Item("a", of="a"),)))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        for of in "bc":
            with pytest.raises(ProviderError):
                engine.up(program((Item("a", of=of),)))
        assert len(provider.things) == 3
        provider.refuse = allowing
        engine.up(program(()))
        assert provider.things == {}

    def test_the_stacks_outputs_are_kept(
        self, engine: Engine, provider: MemoryProvider, store: StateStore
    ) -> None:
        """A run that fails leaves the outputs of the last one that did not."""
        engine.up(program((Item("a"),)))
        provider.refuse = refusing("create", "b")

        def main() -> None:
            pulumi.export("new", 1)
            Thing("b")

        with pytest.raises(ProviderError):
            engine.up(running(main))
        assert store.outputs(STACK) == {"ids": {"a": "a-1"}}


class TestPartialSteps:
    """A resource that exists although its step failed."""

    @pytest.fixture
    def provider(self) -> MemoryProvider:
        return HalfwayProvider()

    def test_is_recorded_and_updated_next_time(
        self, engine: Engine, provider: HalfwayProvider, folder: Path
    ) -> None:
        """It is recorded with why; the next run updates it with the same inputs, and then it is fine."""
        items = (Item("a", extra={"secret": "x"}),)
        provider.partial = "a"
        with pytest.raises(ProviderError, match="never steady"):
            engine.up(program(items))
        recorded = StateStore(folder).load(STACK).resources[URN + "a"]
        assert recorded.id == "a-1"
        assert recorded.init_errors == (f"Create failed for `{URN}a`: TimedOut: never steady",)
        provider.partial = ""
        plan, _ = engine.preview(program(items))
        assert [(step.name, step.action) for step in plan.changes] == [("a", "update")]
        engine.up(program(items))
        assert provider.calls == [("create", "a"), ("update", "a-1")]
        assert StateStore(folder).load(STACK).resources[URN + "a"].init_errors == ()
        assert engine.up(program(items)).plan.changes == ()

    def test_after_an_update(self, engine: Engine, provider: HalfwayProvider) -> None:
        """An update that did not become ready is made again."""
        engine.up(program((Item("a"),)))
        provider.partial = "a"
        for _ in range(2):
            with pytest.raises(ProviderError):
                engine.up(program((Item("a", size=2),)))
        provider.partial = ""
        engine.up(program((Item("a", size=2),)))
        assert [verb for verb, _ in provider.calls] == ["create", "update", "update", "update"]

    def test_as_a_replacement(self, engine: Engine, provider: HalfwayProvider, folder: Path) -> None:
        """A replacement that did not become ready takes the place; the old one waits for deletion."""
        engine.up(program((Item("a"),)))
        provider.partial = "a"
        with pytest.raises(ProviderError):
            engine.up(program((Item("a", of="b"),)))
        state = StateStore(folder).load(STACK)
        assert (state.resources[URN + "a"].id, [item.id for item in state.pending_deletes]) == (
            "a-2",
            ["a-1"],
        )
        provider.partial = ""
        engine.up(program((Item("a", of="b"),)))
        assert found(provider) == wanted((Item("a", of="b"),))

    def test_its_secrets_are_sealed(
        self, engine: Engine, provider: HalfwayProvider, folder: Path, store: StateStore
    ) -> None:
        """Secret outputs of a resource recorded in part are secret."""
        provider.partial = "a"
        with pytest.raises(ProviderError):
            engine.up(program((Item("a"),)))
        assert '"plaintext": "\\"hush-a-1\\""' in (folder / f"{STACK}.json").read_text()
        assert store.outputs(STACK) == {}
