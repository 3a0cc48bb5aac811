"""Every resource is updated to what it is already."""

from __future__ import annotations

from sandbox.engine.engine import Engine
from sandbox.engine.running.repeat import repeat_updates
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, found, program, wanted

ITEMS = (Item("a"), Item("b", refs=("a",)))


def test_each_is_updated_and_nothing_is_another(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """No state is written, and what is there is as it was."""
    engine.up(program(ITEMS))
    before = store.load(STACK)
    provider.calls.clear()
    assert repeat_updates(before, provider) == ()
    assert sorted(verb for verb, _ in provider.calls) == ["update", "update"]
    assert (found(provider), store.load(STACK)) == (wanted(ITEMS), before)


def test_a_refused_update_is_told_and_ends_nothing(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """The others are still updated."""
    engine.up(program(ITEMS))
    provider.calls.clear()
    provider.refuse = lambda verb, name: "no" if name.startswith("a-") else None
    assert repeat_updates(store.load(STACK), provider) == ("update of a: Refused",)
    assert len(provider.calls) == 1
