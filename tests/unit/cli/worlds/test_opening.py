"""Opening the world of an environment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.errors import NotRunningError, UsageError
from cli.project import Project, find_project
from cli.worlds.opening import open_world
from tests.support.paths import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the stack files of this one, and nothing that runs."""
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    return find_project(directory=tmp_path)


def test_opening_needs_nothing_that_runs(project: Project) -> None:
    """A world can be opened before its sandbox is started; it says so when something is asked of it."""
    world = open_world(project, "dev")
    assert (world.environment.name, world.limits, world.leftovers()) == ("dev", {}, ())
    for ask in (world.platform, world.workloads, world.actor, world.deployed_environments):
        with pytest.raises(NotRunningError):
            ask()
    assert not project.sandbox.exists()


def test_an_environment_without_stack_files_is_refused(project: Project) -> None:
    """The name is checked at once, and those that exist are named."""
    with pytest.raises(UsageError, match="there is no environment `nosuch`") as caught:
        open_world(project, "nosuch")
    assert "environments here are `dev`, `prod`, `sandbox`, `staging`" in caught.value.hint
