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
from tests.support.effort import LONG
from tests.support.engine.crash_points import CrashPoints
from tests.support.engine.memory_provider import Killed, MemoryProvider
from tests.support.engine.plans import assert_previewed
from tests.support.engine.programs import STACK, Item, found, program, wanted
from tests.support.engine.self_killing_update import AFTER, BEFORE, LATER, POINTS, DurableProvider
from tests.support.paths import ROOT

# a trace of each of thousands of steps would take as long as the steps
pytestmark = pytest.mark.no_cover

EACH, OTHER = (1, 1) if LONG else (3, 6)
"""Of how many points one is tried; `OTHER` where another test tries more of them."""

KILLED = POINTS[::EACH]

UPDATES = {
    "create": ((), BEFORE),
    "change": (BEFORE, AFTER),
    "delete": (BEFORE, ()),
}


@pytest.fixture(params=list(UPDATES))
def update(
    request: pytest.FixtureRequest, provider: MemoryProvider, engine: Engine
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What was applied, and what the run that will die is to apply."""
    before, after = UPDATES[request.param]
    if before:
        engine.up(program(before))
    return before, after


def test_resumes_from_every_point(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], provider: MemoryProvider, folder: Path
) -> None:
    """Wherever a run is killed, the next makes everything right, without duplicates, as its preview says."""
    _, after = update
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(after))
    assert crashes.labels == {
        "before a line",
        "after a line",
        "before a call",
        "after a call",
    }
    for number, crash in enumerate(crashes.all[::EACH]):
        engine = crashes.leave(crash)
        plan = engine.preview(program(after))[0] if number % 3 == 0 else None
        result = engine.up(program(after))
        assert found(provider) == wanted(after)
        if plan is not None:
            assert_previewed(plan, result.plan)
    provider.calls.clear()
    assert engine.up(program(after)).plan.changes == ()
    assert provider.calls == []


def test_resumes_into_another_program(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], provider: MemoryProvider, folder: Path
) -> None:
    """Wherever a run is killed, the next may want something else, and its preview says what that takes."""
    before, after = update
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(after))
    for number, crash in enumerate(crashes.all[::OTHER]):
        other = (before, LATER)[number % 2]
        engine = crashes.leave(crash)
        plan, _ = engine.preview(program(other))
        if not plan.changes and not plan.outputs_changed:
            # a deployment would leave it at that, so nothing may be under way
            assert StateStore(folder).load(STACK).pending_operations == {}
            assert found(provider) == wanted(other)
        result = engine.up(program(other))
        assert found(provider) == wanted(other)
        assert_previewed(plan, result.plan)


def test_deletes_everything_from_every_point(
    update: tuple[tuple[Item, ...], tuple[Item, ...]], provider: MemoryProvider, folder: Path
) -> None:
    """Wherever a run is killed, deleting everything leaves nothing."""
    _, after = update
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(after))
    for crash in crashes.all[::OTHER]:
        crashes.leave(crash).up(program(()))
        assert provider.things == {}
        assert StateStore(folder).resource_count(STACK) == 0


def test_resumes_a_killed_resumption(provider: MemoryProvider, folder: Path) -> None:
    """A run that finishes what another began can be killed, too."""
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(BEFORE))
    for first in crashes.all[:: len(crashes.all) // 3]:
        crashes.leave(first)
        again = CrashPoints(provider, folder)
        with again.collected() as watched:
            watched.up(program(AFTER))
        for second in again.all[:: 4 * EACH]:
            again.leave(second).up(program(AFTER))
            assert found(provider) == wanted(AFTER)


def test_ignores_a_torn_line(provider: MemoryProvider, engine: Engine, folder: Path) -> None:
    """A last line cut anywhere is as good as none: the state is the one before it."""
    engine.up(program(BEFORE))
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(AFTER))
    lines = [crash for crash in crashes.all if crash.torn]
    assert len(lines) > 10
    journal = folder / f"{STACK}.journal"
    for crash in lines[:: 4 * EACH]:
        crashes.leave(crash, cut=crash.torn)
        state, events = StateStore(folder).load(STACK), [*read_journal(journal)]
        crashes.leave(crash)
        assert StateStore(folder).load(STACK) != state
        whole = journal.read_bytes()
        for cut in range(1, crash.torn, 5):
            journal.write_bytes(whole[:-cut])
            assert [*read_journal(journal)] == events
        assert StateStore(folder).load(STACK) == state


def test_goes_on_after_a_torn_line(provider: MemoryProvider, folder: Path) -> None:
    """What is written after a torn line is not lost with it."""
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(BEFORE))
    for crash in [crash for crash in crashes.all if crash.torn][:: 3 * EACH]:
        engine = crashes.leave(crash, cut=crash.torn // 2)
        again = CrashPoints(provider, folder)
        with again.collected() as watched:
            watched.up(program(BEFORE))
        again.leave(again.all[-1])
        assert found(provider) == wanted(BEFORE)
        engine.up(program(BEFORE))
        assert found(provider) == wanted(BEFORE)


def test_provider_that_dies(provider: MemoryProvider, engine: Engine) -> None:
    """What is no ordinary error goes through the engine, which does nothing more than write its state."""
    calls = iter(range(4))

    def die(_label: str) -> None:
        if next(calls, None) is None:
            raise Killed

    provider.point = die
    with pytest.raises(Killed):
        engine.up(program(BEFORE))
    provider.point = lambda _label: None
    engine.up(program(BEFORE))
    assert found(provider) == wanted(BEFORE)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each point, with what a process left that was killed there in the middle of an update."""
    root = tmp_path_factory.mktemp("killed")
    for point in KILLED:
        folder = root / str(point)
        Engine(DurableProvider.at(folder / "provider"), StateStore(folder / "stacks")).up(program(BEFORE))
    script = ROOT / "tests" / "support" / "engine" / "self_killing_update.py"
    process = subprocess.run(
        [sys.executable, str(script), str(root), *map(str, KILLED)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines() == [f"{point} {-signal.SIGKILL}" for point in KILLED]
    return root


@pytest.mark.costly("a process for each point")
@pytest.mark.parametrize("point", KILLED)
def test_survives_sigkill(point: int, killed: Path) -> None:
    """A process that is killed by SIGKILL in the middle of an update leaves what the next one needs."""
    folder = killed / str(point)
    provider = DurableProvider.at(folder / "provider")
    Engine(provider, StateStore(folder / "stacks")).up(program(AFTER))
    assert found(provider) == wanted(AFTER)
