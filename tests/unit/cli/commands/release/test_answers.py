"""`myelin release continue`, `abort`, and a rollback while a deployment is under way. DEL-3, DEL-4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.commands.release import abort, continuing
from tests.support.recording.project_copy import project_to_deploy
from tests.support.worlds.fake_deployments import Described, FakeEcs, described
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.release_commands import command_runner

COMMANDS = (abort, continuing)
PAUSE = {"hookId": "hook", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
PAUSED, BAKES = described(lifecycleHookDetails=[PAUSE]), described(stage="BAKE_TIME")
DONE = described("SUCCESSFUL")


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, looks: list[Described], *arguments: str) -> Any:
    """The result, and what ECS was asked to do."""
    ecs = FakeEcs(looks)
    world = fake_world(folder, clients={"ecs": ecs}, recorded=dict(OUTPUTS))
    project = project_to_deploy(folder / "project")
    return command_runner((project, world), monkeypatch, "release")(*arguments), ecs.asked


@pytest.mark.parametrize(
    ("looks", "arguments", "key", "asked"),
    [
        ([PAUSED], ["continue"], "continued", ("continue", "CONTINUE")),
        ([PAUSED], ["abort", "axon"], "aborted", ("continue", "ROLLBACK")),
        ([BAKES], ["abort"], "aborted", ("stop", "ROLLBACK")),
        ([BAKES, DONE], ["rollback", "--yes"], "taken_back", ("stop", "ROLLBACK")),
    ],
)
def test_ecs_is_asked_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[Described],
    arguments: list[str],
    key: str,
    asked: tuple[str, str],
) -> None:
    """Neither the ledger nor the engine; the rollback waits for its end."""
    ran, calls = run(tmp_path, monkeypatch, looks, *arguments, "--json")
    assert ran.exit_code == 0, ran.stderr
    assert json.loads(ran.stdout)[key] == ["axon"]
    ((call, given),) = calls
    assert (call, given.get("action") or given.get("stopType")) == asked


@pytest.mark.parametrize(
    ("looks", "arguments", "code", "said"),
    [
        ([BAKES], ["continue"], 1, "no deployment in `dev` pauses"),
        ([DONE], ["abort"], 1, "no deployment in `dev` is under way"),
        ([PAUSED], ["continue", "nobody"], 2, "there is no service `nobody`"),
        ([BAKES], ["rollback"], 2, "there is no terminal to confirm it on"),
    ],
)
def test_what_there_is_not_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[Described],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    """And ECS is asked for nothing."""
    ran, calls = run(tmp_path, monkeypatch, looks, *arguments)
    assert (ran.exit_code, calls) == (code, [])
    assert said in ran.stderr
