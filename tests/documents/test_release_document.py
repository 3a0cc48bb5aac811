"""docs/releases.md: its commands do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.paths import ROOT
from tests.support.worlds.deploying import releases_in, two_releases
from tests.support.worlds.sessions import use_world

__all__ = ["_aws_settings", "dynamodb", "policy_table"]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_its_commands_work(tmp_path: Path, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, in a world with two releases: back to the first, and to what is declared again."""
    text = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    commands = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    assert len(commands) == 8
    with two_releases(tmp_path, dynamodb) as (project, world):
        use_world(monkeypatch, lambda _: world)
        for line in commands:
            given = [*shlex.split(line.removeprefix("myelin ")), "--project", str(project.root)]
            ran = CliRunner().invoke(app, given)
            assert ran.exit_code == 0, f"{line}: {ran.stderr}"
        back, new = releases_in(dynamodb)[2:]
        assert (back.start.back_to, back.start.held) == (1, True)
        assert (new.start.back_to, new.start.held) == (None, False)
