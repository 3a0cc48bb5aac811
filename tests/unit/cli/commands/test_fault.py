"""What `myelin fault` has played, and says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands.fault import read_time
from cli.main import app
from cli.worlds.world import Ability
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    return fake_world(tmp_path, recorded=dict(OUTPUTS))


@pytest.fixture
def run(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> Run:
    use_world(monkeypatch, lambda _: world)
    return lambda *arguments: CliRunner().invoke(app, ["fault", *arguments, "--project", str(ROOT)])


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (["--latency", "2s", "--for", "10s"], {"seconds": 10, "latency": 2}),
        (["--latency", "500ms"], {"seconds": 30, "latency": 0.5}),
        (["--errors", "30%", "--for", "1m"], {"seconds": 60, "errors": 0.3}),
        (["--throttle", "100%"], {"seconds": 30, "throttle": 1}),
        (["--down"], {"seconds": 30, "down": True}),
    ],
)
def test_the_options_are_the_fault(
    run: Run, world: FakeWorld, options: list[str], wrong: dict[str, Any]
) -> None:
    """Target, what is wrong, and for how long."""
    ran = run("axon", *options)
    assert ran.exit_code == 0, ran.output
    assert world.faults == [{"target": "axon", **wrong}]
    assert "`myelin status` shows it" in ran.stdout


def test_a_fault_can_be_ended(run: Run, world: FakeWorld) -> None:
    """It is said whether there was one."""
    assert "axon had no fault" in run("axon", "--end").stdout
    run("axon", "--down")
    assert json.loads(run("axon", "--end", "--json").stdout) == {"target": "axon", "ended": True}
    assert world.faults == []


def test_a_dry_run_plays_nothing(run: Run, world: FakeWorld) -> None:
    """What it would be is said."""
    document = json.loads(run("axon", "--down", "--dry-run", "--json").stdout)
    assert document == {"target": "axon", "seconds": 30, "down": True}
    assert world.faults == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing would be wrong"),
        (["--latency", "2"], "--latency `2` is not a time"),
        (["--errors", "0%"], "--errors `0%` is not a share"),
        (["--throttle", "101%"], "--throttle `101%` is not a share"),
        (["--down", "--end"], "--end begins no fault"),
    ],
)
def test_mistakes_are_named(run: Run, world: FakeWorld, options: list[str], said: str) -> None:
    """Exit 2, and nothing is played."""
    ran = run("axon", *options)
    assert (ran.exit_code, world.faults) == (2, [])
    assert said in ran.stderr


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("2s", 2), ("1.5m", 90)])
def test_times_are_read(text: str, seconds: float) -> None:
    """In the units that a fault is given in."""
    assert read_time("--for", text) == seconds


def test_a_world_that_plays_no_faults_says_why(run: Run, world: FakeWorld) -> None:
    """Its reason is the hint."""
    world.limits = {Ability.PLAY_FAULTS: "AWS has a service for it"}
    ran = run("axon", "--down")
    assert (ran.exit_code, world.faults) == (2, [])
    assert "AWS has a service for it" in ran.stderr
