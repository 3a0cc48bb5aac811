"""A killed run loses nothing: the next one goes on from whatever it left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.state.journal import read_journal
from sandbox.engine.state.store import StateStore
from tests.support.effort import FACTOR
from tests.support.engine.dying import Deaths
from tests.support.engine.killed_run import AFTER, BEFORE, LATER, POINTS, DurableWorld
from tests.support.engine.world import STACK, Item, Killed, World, found, program, wanted
from tests.support.paths import ROOT
from tests.unit.sandbox.engine.test_engine_properties import assert_foretold

# a trace of each of thousands of steps would take as long as the steps
pytestmark = pytest.mark.no_cover

EACH = 1 if FACTOR > 1 else 2
"""Of how many points one is tried, where another test tries all of them."""

UPDATES = {
    "create": ((), BEFORE),
    "change": (BEFORE, AFTER),
    "delete": (BEFORE, ()),
}


@pytest.fixture(params=list(UPDATES))
def update(
    request: pytest.FixtureRequest, world: World, engine: Engine
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What was applied, and what the run that will die is to apply."""
    before, after = UPDATES[request.param]
    if before:
        engine.up(program(before))
    return before, after


def test_resumes_from_every_point(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], world: World, folder: Path
) -> None:
    """Wherever a run is killed, the next makes the world right, without duplicates, as its preview says."""
    _, after = update
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(after))
    assert deaths.labels == {
        "before a line",
        "after a line",
        "before a call",
        "after a call",
    }
    for number, death in enumerate(deaths.all):
        engine = deaths.leave(death)
        plan = engine.preview(program(after))[0] if number % 3 == 0 else None
        result = engine.up(program(after))
        assert found(world) == wanted(after)
        if plan is not None:
            assert_foretold(plan, result.plan)
    world.calls.clear()
    assert engine.up(program(after)).plan.changes == ()
    assert world.calls == []


def test_resumes_into_another_program(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], world: World, folder: Path
) -> None:
    """Wherever a run is killed, the next may want something else, and its preview says what that takes."""
    before, after = update
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(after))
    for number, death in enumerate(deaths.all[::EACH]):
        other = (before, LATER)[number % 2]
        engine = deaths.leave(death)
        plan, _ = engine.preview(program(other))
        if not plan.changes and not plan.outputs_changed:
            # a deployment would leave it at that, so nothing may be under way
            assert StateStore(folder).load(STACK).pending_operations == {}
            assert found(world) == wanted(other)
        result = engine.up(program(other))
        assert found(world) == wanted(other)
        assert_foretold(plan, result.plan)


def test_destroys_from_every_point(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], world: World, folder: Path
) -> None:
    """Wherever a run is killed, destroying leaves nothing."""
    _, after = update
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(after))
    for death in deaths.all[::EACH]:
        deaths.leave(death).destroy(STACK)
        assert world.things == {}
        assert StateStore(folder).stacks() == []


def test_resumes_a_killed_destroy(world: World, engine: Engine, folder: Path) -> None:
    """Wherever destroying is killed, destroying again leaves nothing, and an update makes everything."""
    engine.up(program(BEFORE))
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.destroy(STACK)
    for number, death in enumerate(deaths.all):
        engine = deaths.leave(death)
        if number % 2:
            engine.up(program(BEFORE))
            assert found(world) == wanted(BEFORE)
        engine.destroy(STACK)
        assert world.things == {}


def test_resumes_a_killed_resumption(world: World, folder: Path) -> None:
    """A run that finishes what another began can be killed, too."""
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(BEFORE))
    for first in deaths.all[:: len(deaths.all) // 3]:
        deaths.leave(first)
        again = Deaths(world, folder)
        with again.collected() as dying:
            dying.up(program(AFTER))
        for second in again.all[::4]:
            again.leave(second).up(program(AFTER))
            assert found(world) == wanted(AFTER)


def test_ignores_a_torn_line(world: World, engine: Engine, folder: Path) -> None:
    """A last line cut anywhere is as good as none: the state is the one before it."""
    engine.up(program(BEFORE))
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(AFTER))
    lines = [death for death in deaths.all if death.torn]
    assert len(lines) > 10
    journal = folder / f"{STACK}.journal"
    for death in lines[::4]:
        deaths.leave(death, cut=death.torn)
        state, events = StateStore(folder).load(STACK), [*read_journal(journal)]
        deaths.leave(death)
        assert StateStore(folder).load(STACK) != state
        whole = journal.read_bytes()
        for cut in range(1, death.torn, 5):
            journal.write_bytes(whole[:-cut])
            assert [*read_journal(journal)] == events
        assert StateStore(folder).load(STACK) == state


def test_goes_on_after_a_torn_line(world: World, folder: Path) -> None:
    """What is written after a torn line is not lost with it."""
    deaths = Deaths(world, folder)
    with deaths.collected() as dying:
        dying.up(program(BEFORE))
    for death in [death for death in deaths.all if death.torn][::3]:
        engine = deaths.leave(death, cut=death.torn // 2)
        again = Deaths(world, folder)
        with again.collected() as dying:
            dying.up(program(BEFORE))
        again.leave(again.all[-1])
        assert found(world) == wanted(BEFORE)
        engine.up(program(BEFORE))
        assert found(world) == wanted(BEFORE)


def test_provider_that_dies(world: World, engine: Engine) -> None:
    """What is no ordinary error goes through the engine, which does nothing more than write its state."""
    calls = iter(range(4))

    def die(_label: str) -> None:
        if next(calls, None) is None:
            raise Killed

    world.point = die
    with pytest.raises(Killed):
        engine.up(program(BEFORE))
    world.point = lambda _label: None
    engine.up(program(BEFORE))
    assert found(world) == wanted(BEFORE)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each point, with what a process left that was killed there in the middle of an update."""
    root = tmp_path_factory.mktemp("killed")
    for point in POINTS:
        folder = root / str(point)
        Engine(DurableWorld.at(folder / "world"), StateStore(folder / "stacks")).up(program(BEFORE))
    script = ROOT / "tests" / "support" / "engine" / "killed_run.py"
    process = subprocess.run(
        [sys.executable, str(script), str(root), *map(str, POINTS)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines() == [f"{point} {-signal.SIGKILL}" for point in POINTS]
    return root


@pytest.mark.parametrize("point", POINTS)
def test_survives_sigkill(point: int, killed: Path) -> None:
    """A process that is killed by SIGKILL in the middle of an update leaves what the next one needs."""
    folder = killed / str(point)
    world = DurableWorld.at(folder / "world")
    Engine(world, StateStore(folder / "stacks")).up(program(AFTER))
    assert found(world) == wanted(AFTER)
