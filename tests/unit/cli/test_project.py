"""Finding the project and its environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import ProjectNotFoundError, UsageError
from cli.project import find_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: myelin\n")
    config = tmp_path / "stacks" / "config"
    config.mkdir(parents=True)
    for layer in ("foundation", "platform", "workloads"):
        (config / f"Pulumi.dev-{layer}.yaml").touch()
    (config / "Pulumi.half-foundation.yaml").touch()
    return tmp_path


def test_project_is_found_from_below(root: Path) -> None:
    """The nearest folder with a Pulumi.yaml is the project, from any folder in it."""
    below = root / "services" / "axon"
    below.mkdir(parents=True)
    assert find_project(below).root == root


def test_no_project_is_a_usage_error(tmp_path: Path) -> None:
    """Outside a project the error says what was looked for."""
    with pytest.raises(ProjectNotFoundError, match=r"no `Pulumi.yaml` in"):
        find_project(tmp_path)
    with pytest.raises(ProjectNotFoundError):
        find_project(directory=tmp_path)


def test_only_whole_environments_count(root: Path) -> None:
    """An environment has a stack file for every layer (ENV-1)."""
    assert find_project(root).environments() == ("dev",)


def test_unknown_environment_lists_those_there_are(root: Path) -> None:
    """A name that is none is refused with the names that are."""
    with pytest.raises(UsageError, match="there is no environment `prod`") as caught:
        find_project(root).require_environment("prod")
    assert "`dev`" in caught.value.hint


def test_missing_stack_file_is_named(root: Path) -> None:
    """Of an environment that has some of its files, those that it lacks are named."""
    (root / "stacks" / "config" / "Pulumi.dev-platform.yaml").unlink()
    project = find_project(root)
    with pytest.raises(UsageError) as one:
        project.require_environment("dev")
    assert one.value.message == "the environment `dev` lacks stacks/config/Pulumi.dev-platform.yaml"
    with pytest.raises(UsageError) as two:
        project.require_environment("half")
    assert two.value.message == (
        "the environment `half` lacks stacks/config/Pulumi.half-platform.yaml and "
        "stacks/config/Pulumi.half-workloads.yaml"
    )


def test_sandbox_folder_can_be_moved(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MYELIN_SANDBOX_DIR says where the sandbox keeps what it needs."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert find_project(root).sandbox == root / ".myelin"
    monkeypatch.setenv("MYELIN_SANDBOX_DIR", str(elsewhere))
    assert find_project(root).sandbox == elsewhere


def test_an_environment_whose_name_begins_like_another_is_refused(tmp_path: Path) -> None:
    """With all of its files, too: permissions on `dev-*` would be permissions on `dev-2`."""
    config = tmp_path / "stacks" / "config"
    config.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    for layer in ("foundation", "platform", "workloads"):
        (config / f"Pulumi.dev-2-{layer}.yaml").touch()
    with pytest.raises(UsageError) as caught:
        find_project(tmp_path).require_environment("dev-2")
    assert caught.value.message == "`dev-2` cannot name an environment"
