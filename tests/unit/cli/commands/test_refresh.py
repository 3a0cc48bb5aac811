"""What `myelin refresh` says, records and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.running.refresh import Drift
from stacks.names import Layer
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world
from tests.support.worlds.sessions import use_world

URN = "urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::"
CHANGE = PropertyChange(path="size", property="size", old=1, new=2)
GONE = Drift(urn=URN + "a", gone=True)
OTHER = Drift(urn=URN + "b", changes=(CHANGE,))
DEAF = Drift(urn=URN + "c", trouble="no answer")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, FakeWorld]]:
    """Runs `myelin refresh` on an environment that differs so."""

    def runs(*arguments: str, drifts: tuple[Drift, ...] = ()) -> tuple[Result, FakeWorld]:
        world = fake_world(tmp_path, recorded=dict(OUTPUTS), drifts={Layer.PLATFORM: drifts})
        world.fingerprint_file.write_text("made of")
        use_world(monkeypatch, lambda _: world)
        return CliRunner().invoke(app, ["refresh", "dev", *arguments, "--project", str(ROOT)]), world

    return runs


def test_nothing_differs(run: Any) -> None:
    """It says so, and the next `up` need not plan."""
    ran, world = run("--exit-code")
    assert (ran.exit_code, ran.stdout) == (0, "every resource is as recorded\n")
    assert world.fingerprint_file.exists()


def test_what_differs_is_told_and_recorded(run: Any) -> None:
    """What is gone and what is another; the next `up` plans."""
    ran, world = run("--exit-code", drifts=(GONE, OTHER))
    assert ran.exit_code == 3
    assert ran.stdout == (
        "aws:ecs/cluster:Cluster a: gone\naws:ecs/cluster:Cluster b: size is 2, recorded 1\n"
    )
    assert world.events == ["begin to deploy", "record dev-platform", "end"]
    assert not world.fingerprint_file.exists()


def test_a_dry_run_records_nothing(run: Any) -> None:
    """It only tells."""
    ran, world = run("--dry-run", "--json", drifts=(GONE,))
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["drifts"] == [{"urn": GONE.urn, "gone": True, "changes": [], "trouble": ""}]
    assert world.events == []
    assert world.fingerprint_file.exists()


def test_what_could_not_be_looked_up_is_a_failure(run: Any) -> None:
    """It may be there or not: exit 1, with or without `--exit-code`."""
    ran, _ = run(drifts=(DEAF,))
    assert (ran.exit_code, ran.stdout) == (1, "aws:ecs/cluster:Cluster c: not looked up: no answer\n")
