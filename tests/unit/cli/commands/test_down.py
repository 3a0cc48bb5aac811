"""Ending one environment; that a sandbox ends is proved end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world
from tests.support.worlds.sessions import use_world


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, FakeWorld]]:
    """Runs `myelin down dev`, where it is deployed or not."""

    def runs(*arguments: str, deployed: bool = True) -> tuple[Result, FakeWorld]:
        world = fake_world(tmp_path, recorded=dict(OUTPUTS) if deployed else {})
        use_world(monkeypatch, lambda _: world)
        return CliRunner().invoke(app, ["down", "dev", *arguments, "--project", str(ROOT)]), world

    return runs


def test_an_environment_is_deleted_alone(run: Any) -> None:
    """Its resources are counted, and it alone is removed from its world."""
    ran, world = run("--yes", "--json")
    count = sum(len(outputs) for outputs in OUTPUTS.values())
    assert json.loads(ran.stdout) == {"environment": "dev", "deleted": count}
    assert (world.events, world.recorded) == (["remove dev"], {})


def test_it_is_asked_about(run: Any) -> None:
    """Without a terminal `--yes` is needed, and nothing is deleted without."""
    ran, world = run()
    assert ran.exit_code == 2
    assert "this would delete the" in ran.stderr
    assert world.recorded == OUTPUTS


def test_what_is_not_deployed_is_no_failure(run: Any) -> None:
    """It says so, and asks nothing."""
    ran, world = run(deployed=False)
    assert (ran.exit_code, ran.stdout) == (0, "nothing of `dev` is deployed\n")
    assert world.events == []
