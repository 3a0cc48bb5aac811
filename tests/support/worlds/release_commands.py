"""Runs `myelin release` and other groups of commands in a world in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.worlds.deploying import Line
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]


def release_runner(line: Line, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin release ... --env dev` in that world."""
    return command_runner(line, monkeypatch, "release")


def command_runner(line: Line, monkeypatch: pytest.MonkeyPatch, command: str) -> Run:
    """Runs a command, or those of a group, with `--env dev` in that world."""
    use_world(monkeypatch, lambda _: line[1])

    def runs(*arguments: str) -> Result:
        given = [command, *arguments, "--env", "dev", "--project", str(line[0].root)]
        return CliRunner().invoke(app, given)

    return runs


def read_document(result: Result) -> Any:
    """The JSON of a command that succeeded."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)
