"""Steps that are taken side by side do not get into each other's way."""

from __future__ import annotations

import threading
from pathlib import Path

from sandbox.engine.engine import Engine
from sandbox.engine.provider import ResourceType
from sandbox.engine.running.progress import Progress
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import NAMED, ROLE, MemoryProvider
from tests.support.engine.programs import STACK, Item, found, program, wanted
from tests.support.engine.values import URN

SOON = 20.0
"""Seconds after which a test gives up waiting."""


def test_independent_steps_are_side_by_side(engine: Engine, provider: MemoryProvider) -> None:
    """Resources that do not depend on each other are made at once."""
    all_in = threading.Barrier(8)

    def wait(_verb: str, _name: str) -> None:
        all_in.wait(SOON)

    provider.wait = wait
    engine.up(program([Item(f"t{number}") for number in range(8)]))
    assert len(provider.things) == 8


class Crossing(MemoryProvider):
    """Leads two steps to where they would cross: a role's own one, and the one that takes the role with it.

    The role's own step is held back until the other is about to delete the role, and that one until the
    role is made again; each no longer than `patience` seconds, as rightly neither comes about.
    """

    patience = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.taking: int | None = None
        self.about_to_delete, self.made_again = threading.Event(), threading.Event()

    def resource_type(self, token: str) -> ResourceType:
        if token == NAMED and self.taking is None:
            self.taking = threading.get_ident()
        elif token == ROLE and threading.get_ident() != self.taking:
            self.about_to_delete.wait(self.patience)
        return super().resource_type(token)

    def hold(self, verb: str, name: str) -> None:
        if (verb, name) == ("delete", "r") and threading.get_ident() == self.taking:
            self.about_to_delete.set()
            self.made_again.wait(self.patience)


def test_deleting_first_is_alone(folder: Path) -> None:
    """What goes with a resource that is deleted first is not made again by its own step in the meantime.

    A role's new one has the id of the old: deleting the old one late would delete the new one.
    """
    provider = Crossing()
    engine = Engine(provider, StateStore(folder))
    engine.up(program((Item("n", named=True), Item("r", role=True, pins=("n",)))))
    provider.wait, provider.taking = provider.hold, None

    def watch(progress: Progress) -> None:
        if progress.step.name == "r" and progress.seconds is not None:
            provider.made_again.set()

    after = (Item("n", named=True, of="b"), Item("r", role=True, of="b"))
    engine.up(program(after), watch=watch)
    assert found(provider) == wanted(after)


def test_many_at_once(engine: Engine, provider: MemoryProvider) -> None:
    """Many resources of all kinds, replaced at once, in many threads."""
    before = [
        Item("base", named=True),
        *(Item(f"t{number}", pins=("base",)) for number in range(20)),
        *(Item(f"n{number}", named=True, pins=(f"t{number}",)) for number in range(20)),
        *(Item(f"r{number}", role=True, pins=(f"n{number}",)) for number in range(20)),
    ]
    after = [
        *(Item(f"r{number}", role=True, of="b") for number in range(20)),
        *(Item(f"n{number}", named=True, of="b") for number in range(20)),
        *(Item(f"t{number}", of="b", refs=()) for number in range(20)),
        Item("base", named=True, of="b"),
    ]
    for items in (before, after, before):
        engine.up(program(items))
        assert found(provider) == wanted(items)


def test_stacks_are_updated_side_by_side(provider: MemoryProvider, engine: Engine, store: StateStore) -> None:
    """Two stacks of one sandbox can be updated at once."""
    failures: list[Exception] = []

    def update(stack: str) -> None:
        try:
            for size in (1, 2):
                engine.up(program([Item(f"{stack}{number}", size=size) for number in range(10)], stack))
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=update, args=(stack,)) for stack in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert failures == []
    assert len(provider.things) == 30
    assert {store.resource_count(stack) for stack in ("one", "two", "three")} == {10}


def test_a_preview_during_an_update(provider: MemoryProvider, engine: Engine, store: StateStore) -> None:
    """Previews look at a stack while it is updated, and see some moment of it."""
    items = [Item(f"t{number}") for number in range(10)]
    plans: list[int] = []
    under_way = threading.Event()

    def look(_verb: str, _name: str) -> None:
        under_way.set()

    provider.wait = look
    thread = threading.Thread(target=lambda: engine.up(program(items)))
    thread.start()
    assert under_way.wait(SOON)
    while thread.is_alive():
        plan, _ = engine.preview(program(items))
        plans.append(sum(step.urn.startswith(URN) for step in plan.changes))
    thread.join(SOON)
    assert all(0 <= count <= 10 for count in plans)
    assert engine.preview(program(items))[0].changes == ()
    assert store.resource_count(STACK) == 10
