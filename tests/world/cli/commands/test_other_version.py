"""Commands in front of a sandbox that was started by other code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sandbox.cloud.host
from cli.main import app
from tests.support.paths import ROOT

pytestmark = pytest.mark.sandbox


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose sandbox runs and says that it is of another version."""
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    directory = tmp_path / ".myelin"
    options = sandbox.cloud.host.HostOptions(images=ROOT / "services" / "images.toml", project_root=tmp_path)
    sandbox.cloud.host.start(directory, options)
    path = directory / "host.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "older"}))
    yield tmp_path
    sandbox.cloud.host.stop(directory)


def test_commands_refuse_it_and_down_ends_it(project: Path) -> None:
    """`status` and `doctor` say that it is of another version and name `myelin down`, which works."""

    def run(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(app, [*arguments, "--project", str(project)])
        return ran.exit_code, ran.output

    code, shown = run("status")
    assert code == 1
    assert "was made by another version of Myelin" in shown
    assert "`myelin down`" in shown
    assert "was made by another version of Myelin" in run("doctor")[1]
    assert run("down", "--yes") == (0, "sandbox ended\n")
    assert "no sandbox is running" in run("status")[1]
