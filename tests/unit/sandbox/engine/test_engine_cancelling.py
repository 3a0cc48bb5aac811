"""Runs that are asked to stop."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import InterruptedRunError, StepFailedError
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, found, program, wanted
from tests.support.engine.unreliable_providers import UnreliableProvider

SOON = 20.0
"""Seconds after which a test gives up waiting."""


def allowing(_verb: str, _name: str) -> None:
    return None


class TestCancelling:
    """A run asked to stop."""

    def test_finishes_what_is_under_way(self, engine: Engine, provider: MemoryProvider) -> None:
        """Steps under way are finished and recorded, none begins, and the next run completes."""
        cancelled, under_way = threading.Event(), threading.Barrier(2)

        def wait(_verb: str, _name: str) -> None:
            under_way.wait(SOON)
            cancelled.set()

        provider.wait = wait
        items = (Item("a"), Item("b"), Item("c", refs=("a",)), Item("d", refs=("b",)))
        with pytest.raises(InterruptedRunError) as caught:
            engine.up(program(items), cancelled=cancelled)
        assert caught.value.hint == "the next `myelin up` goes on from here"
        assert sorted(provider.calls) == [("create", "a"), ("create", "b")]
        provider.wait = allowing
        engine.up(program(items))
        assert found(provider) == wanted(items)
        assert len(provider.calls) == 4

    def test_before_anything(self, engine: Engine, provider: MemoryProvider) -> None:
        """A wish to stop that comes first lets nothing begin; where nothing is to do it is no matter."""
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(InterruptedRunError):
            engine.up(program((Item("a"),)), cancelled=cancelled)
        assert provider.calls == []
        engine.up(program((Item("a"),)))
        assert engine.up(program((Item("a"),)), cancelled=cancelled).plan.changes == ()

    def test_while_deleting(self, engine: Engine, provider: MemoryProvider) -> None:
        """Deleting stops as well, and is resumed."""
        engine.up(program((Item("a"), Item("b", refs=("a",)), Item("c", refs=("b",)))))
        cancelled = threading.Event()
        provider.wait = lambda verb, _name: cancelled.set() if verb == "delete" else None
        with pytest.raises(InterruptedRunError):
            engine.up(program(()), cancelled=cancelled)
        assert sorted(provider.things) == ["a-1", "b-2"]
        provider.wait = allowing
        engine.up(program(()))
        assert provider.things == {}

    def test_in_a_replacement_that_deletes_first(self, engine: Engine, provider: MemoryProvider) -> None:
        """Stopped after a dependent was deleted, the next run goes on and makes both again."""
        before = (Item("n", named=True), Item("p", pins=("n",)))
        after = program((Item("n", named=True, of="b"), Item("p", pins=("n",))))
        engine.up(program(before))
        cancelled = threading.Event()
        provider.wait = lambda verb, _name: cancelled.set() if verb == "delete" else None
        with pytest.raises(InterruptedRunError):
            engine.up(after, cancelled=cancelled)
        assert list(provider.things) == ["n-1"]
        provider.wait = allowing
        engine.up(after)
        assert {item["of"] for item in provider.things.values() if item["logical"] == "n"} == {"b"}
        assert len(provider.things) == 2

    def test_while_finishing(self, engine: Engine, provider: MemoryProvider, folder: Path) -> None:
        """What an earlier run left begun is not begun again once the run is to stop."""
        unreliable = UnreliableProvider()
        unreliable.lose, unreliable.loss = "a", lambda _: ConnectionResetError()
        engine = Engine(unreliable, StateStore(folder))
        with pytest.raises(StepFailedError):
            engine.up(program((Item("a"),)))
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(InterruptedRunError):
            engine.up(program((Item("a"),)), cancelled=cancelled)
        assert len(StateStore(folder).load(STACK).pending_operations) == 1
