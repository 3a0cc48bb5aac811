"""What `myelin diff --live` says, and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands.diff import diff
from cli.environment import read_environment
from cli.main import app
from cli.project import find_project
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift
from stacks.names import Layer
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world
from tests.support.worlds.sessions import use_world

URN = "urn:pulumi:dev-platform::myelin::"
SERVICE = f"{URN}aws:ecs/service:Service::orbit"
SIZE = PropertyChange(path="size", property="size", old=1, new=2)
COUNT = PropertyChange(path="desiredCount", property="desiredCount", old=2, new=5)
CHANGED = ResourceDrift(urn=SERVICE, kind=DriftKind.CHANGED, changes=(SIZE,), delegated=(COUNT,))
SCALED = ResourceDrift(urn=SERVICE, kind=DriftKind.CHANGED, delegated=(COUNT,))
DEAF = ResourceDrift(urn=SERVICE, kind=DriftKind.NOT_LOOKED_UP, trouble="no answer")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, FakeWorld]]:
    """Runs `myelin diff` on an environment that differs so."""

    def runs(*arguments: str, live: tuple[ResourceDrift, ...] = ()) -> tuple[Result, FakeWorld]:
        world = fake_world(tmp_path, recorded=dict(OUTPUTS), live={Layer.PLATFORM: live})
        world.environment = read_environment(find_project(directory=ROOT), "dev")
        use_world(monkeypatch, lambda _: world)
        return CliRunner().invoke(app, ["diff", "dev", *arguments, "--project", str(ROOT)]), world

    return runs


@pytest.mark.parametrize(("live", "code"), [((), 0), ((SCALED,), 0), ((CHANGED,), 3), ((DEAF,), 1)])
def test_the_exit_code_says_whether_anything_differs(
    run: Any, live: tuple[ResourceDrift, ...], code: int
) -> None:
    """What is delegated is no difference; what was not looked up is a failure."""
    ran, world = run("--live", "--exit-code", live=live)
    assert ran.exit_code == code
    assert world.events == [f"find drift of {layer} on {at}" for at, layer in enumerate(Layer)]


def test_both_values_and_the_owner_are_told(run: Any) -> None:
    """Old and new of what differs; who owns what is left to others."""
    ran, _ = run("--live", "--json", live=(CHANGED,))
    document = json.loads(ran.stdout)
    assert document["differences"] == [
        {
            "urn": SERVICE,
            "kind": "changed",
            "inside": None,
            "changes": [{"path": "size", "declared": 1, "live": 2}],
            "trouble": "",
        }
    ]
    assert document["delegated"] == [
        {"urn": SERVICE, "owner": "auto-scaling", "path": "desiredCount", "declared": 2, "live": 5}
    ]


def test_without_live_the_command_says_what_to_do(run: Any) -> None:
    """Exit 2, and the command that compares records is named."""
    ran, _ = run()
    assert ran.exit_code == 2
    assert "myelin preview" in ran.stderr


def test_the_help_says_that_nothing_is_written() -> None:
    """Whoever looks must not be afraid to."""
    assert "Writes nothing, no\n    record either" in (diff.__doc__ or "")
