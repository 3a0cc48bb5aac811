"""What `myelin sandbox provider` prints; tests/world/cli/worlds/test_plugin.py starts what it writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.sandbox.provider import UNSET
from cli.main import app
from cli.project import Project
from cli.worlds.plugin import EXECUTABLE
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import LocalChoices
from sandbox.cloud.host import Host
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import environment_named
from tests.support.worlds.sessions import use_world


class RunningSandbox(SandboxWorld):
    """A sandbox that runs already."""

    @contextmanager
    def deploying(self, choices: LocalChoices) -> Iterator[None]:
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a sandbox, with a blank in its name."""
    made = tmp_path / "a sandbox"
    host = Host(
        endpoint="http://127.0.0.1:1",
        pid=1,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        incarnation="first",
        version="",
        directory=made,
    )
    project = Project(root=ROOT, sandbox=made)
    monkeypatch.setenv("MYELIN_SANDBOX_DIR", str(made))
    use_world(monkeypatch, lambda _: RunningSandbox(project, environment_named("dev"), host=host))
    return made


def test_a_shell_that_runs_it_finds_the_plugin_before_any_other(folder: Path) -> None:
    """And Pulumi's states in the sandbox's folder; what would make Pulumi pass it over goes."""
    ran = CliRunner().invoke(app, ["sandbox", "provider", "--project", str(ROOT)])
    assert ran.exit_code == 0, ran.output
    script = f"{ran.stdout}\ncommand -v {EXECUTABLE}\nenv"
    shell = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": os.defpath, **dict.fromkeys(UNSET, "x")},
        capture_output=True,
        text=True,
        check=True,
    )
    found, *variables = shell.stdout.splitlines()
    assert Path(found).is_relative_to(folder)
    assert os.access(found, os.X_OK)
    names = {line.split("=", 1)[0]: line.split("=", 1)[1] for line in variables if "=" in line}
    assert names["PULUMI_BACKEND_URL"] == f"file://{folder}/stacks/first/pulumi"
    assert not names.keys() & set(UNSET)
