"""How an environment stands when nothing is deployed; the rest is proved end to end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from sandbox.cloud.host.leftovers import MARKER, marker
from tests.support.paths import ROOT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the environments of this one, and nothing that runs."""
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int) -> Any:
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == code, ran.output
    return ran


def test_status_of_nothing_is_no_failure(root: Path) -> None:
    """Without a sandbox `status` says so and exits 0; with --exit-code it exits 3."""
    shown = run("status", "dev", code=0)
    assert shown.stdout == "no sandbox is running; start one with `myelin up`\n"
    assert json.loads(run("status", "--json", "--exit-code", code=3).stdout) == {
        "environment": "sandbox",
        "running": False,
        "deployed": False,
        "healthy": False,
        "deployed_environments": [],
        "leftovers": [],
    }


def test_status_tells_what_a_killed_sandbox_left(root: Path) -> None:
    """Processes that carry the mark of this project's sandbox are counted, and what ends them is said."""
    waiting = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waiting],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, MARKER: marker(root / ".myelin")},
    ) as left:
        assert left.stdout is not None
        left.stdout.readline()
        shown = run("status", code=0).stdout
        assert json.loads(run("status", "--json", code=0).stdout)["leftovers"] == [left.pid]
        left.communicate()
    assert shown.splitlines()[1:] == [
        "1 process of a killed sandbox still runs; `myelin up` or `myelin down` ends what is left"
    ]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"endpoint": 1}'])
def test_a_state_file_that_cannot_be_read_is_named(root: Path, content: str) -> None:
    """It is not known whether a sandbox runs, which is not the same as that none does: exit 1."""
    folder = root / ".myelin"
    folder.mkdir(mode=0o700)
    (folder / "host.json").write_text(content)
    (folder / "host.json").chmod(0o600)
    for command in ("status", "doctor"):
        ran = run(command, "--json", code=1)
        assert "host.json" in ran.output
    assert json.loads(run("status", "--json", code=1).stdout)["error"]["where"].endswith("host.json")
    assert "the state of the sandbox cannot be read" in run("status", code=1).stderr
