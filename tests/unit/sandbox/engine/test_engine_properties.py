"""Random programs: applied, changed, killed, refused, cancelled and emptied in any order."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sandbox.engine.engine import Engine
from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.provider import ProviderError
from sandbox.engine.state.store import StateStore
from tests.support.effort import effort
from tests.support.engine.crash_points import CrashPoints
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import assert_previewed
from tests.support.engine.programs import STACK, Item, found, program, wanted

NAMES = ("t0", "t1", "t2", "t3", "n0", "n1", "r0", "r1")
"""`t` are replaced create first, `n` have a physical name, `r` have it as their id."""


@st.composite
def programs(draw: st.DrawFn) -> tuple[Item, ...]:
    """A program over a few names, in any order, each referring to some before it.

    What may be deleted before its replacement is referred to by `pins` alone: AWS, and the world here, would
    refuse to delete what is in use, under Pulumi's engine as well.
    """
    order = draw(st.permutations(NAMES))[: draw(st.integers(0, len(NAMES)))]
    items: list[Item] = []
    doomable: set[str] = set()
    for name in order:
        before = [item.name for item in items]
        targets = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        as_pins = {target for target in targets if target in doomable or draw(st.booleans())}
        item = Item(
            name,
            size=draw(st.integers(1, 2)),
            of=draw(st.sampled_from("ab")),
            refs=tuple(target for target in targets if target not in as_pins),
            pins=tuple(target for target in targets if target in as_pins),
            named=name.startswith("n"),
            role=name.startswith("r"),
        )
        if item.named or item.role or doomable.intersection(item.pins):
            doomable.add(name)
        items.append(item)
    return tuple(items)


class Life(RuleBasedStateMachine):
    """One stack from its first program to its end, with accidents.

    Which rules may run must not depend on `applied`: how far a cancelled update came differs from run to run,
    and hypothesis has to be able to run the same thing again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "stacks"
        self.provider = MemoryProvider()
        self.engine = Engine(self.provider, StateStore(self.folder))
        self.items: tuple[Item, ...] = ()
        self.applied = False

    def teardown(self) -> None:
        self.engine.up(program(self.items))
        assert found(self.provider) == wanted(self.items)
        self.engine.up(program(()))
        assert self.provider.things == {}
        shutil.rmtree(self.folder.parent)

    @initialize(items=programs())
    def begin(self, items: tuple[Item, ...]) -> None:
        self.items = items

    @rule(items=programs())
    def rewrite(self, items: tuple[Item, ...]) -> None:
        self.items, self.applied = items, False

    @rule(data=st.data())
    @precondition(lambda self: self.items)
    def edit(self, data: st.DataObject) -> None:
        """Change one item a little: the commonest edit."""
        place = data.draw(st.integers(0, len(self.items) - 1))
        old = self.items[place]
        new = data.draw(
            st.sampled_from(
                [
                    Item(**{**vars(old), "size": 3 - old.size}),
                    Item(**{**vars(old), "of": "b" if old.of == "a" else "a"}),
                    Item(**{**vars(old), "refs": ()}),
                ]
            )
        )
        self.items = (*self.items[:place], new, *self.items[place + 1 :])
        self.applied = False

    @rule()
    def apply(self) -> None:
        plan, _ = self.engine.preview(program(self.items))
        result = self.engine.up(program(self.items))
        assert_previewed(plan, result.plan)
        ids = {item["logical"]: identity for identity, item in self.provider.things.items()}
        assert result.outputs == {"ids": ids}
        self.applied = True

    @rule()
    def apply_and_keep(self) -> None:
        """What has to go stays: all that is wanted is there, and perhaps more."""
        result = self.engine.up(program(self.items), keep_leftovers=True)
        assert set(wanted(self.items)) <= {thing["logical"] for thing in self.provider.things.values()}
        self.applied = not result.leftovers

    @rule()
    def apply_again(self) -> None:
        """Nothing to do: no call is made, and nothing written down but the checkpoint."""
        self.engine.up(program(self.items))
        self.applied = True
        self.provider.calls.clear()
        result = self.engine.up(program(self.items))
        assert self.provider.calls == []
        assert result.plan.changes == ()
        assert not result.plan.outputs_changed

    @rule(where=st.floats(0, 1, exclude_max=True), cut=st.floats(0, 1))
    def die(self, where: float, cut: float) -> None:
        """Be killed somewhere in an update, a line of the journal perhaps half written."""
        crashes = CrashPoints(self.provider, self.folder)
        with crashes.collected() as engine:
            engine.up(program(self.items))
        if crashes.all:
            crash = crashes.all[int(where * len(crashes.all))]
            self.engine = crashes.leave(crash, cut=int(cut * crash.torn))
            self.applied = False

    @rule(verb=st.sampled_from(["create", "update", "delete"]), name=st.sampled_from(NAMES))
    def be_refused(self, verb: str, name: str) -> None:
        """AWS refuses one kind of step on one resource."""
        self.provider.refuse = lambda step, subject: (
            "today" if (step, subject.split("-")[0]) == (verb, name) else None
        )
        try:
            self.engine.up(program(self.items))
            self.applied = True
        except ProviderError:
            self.applied = False
        finally:
            self.provider.refuse = lambda _verb, _name: None

    @rule(after=st.integers(0, 5))
    def be_cancelled(self, after: int) -> None:
        cancelled = threading.Event()
        left = iter(range(after))
        self.provider.wait = lambda _verb, _name: None if next(left, None) is not None else cancelled.set()
        try:
            self.engine.up(program(self.items), cancelled=cancelled)
            self.applied = True
        except InterruptedRunError:
            self.applied = False
        finally:
            self.provider.wait = lambda _verb, _name: None

    @rule()
    def delete_everything(self) -> None:
        self.engine.up(program(()))
        assert self.provider.things == {}
        self.applied = False

    @invariant()
    def keeps_the_invariants(self) -> None:
        """What a run leaves, killed or not, has to hold what every state holds."""
        StateStore(self.folder).load(STACK).verify()

    @invariant()
    def is_as_wanted(self) -> None:
        if self.applied:
            assert found(self.provider) == wanted(self.items)


TestLife = pytest.mark.no_cover(Life.TestCase)
TestLife.settings = settings(
    max_examples=effort(12),
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
