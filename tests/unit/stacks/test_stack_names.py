"""Which stacks there are, and where the project is."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.errors import EnvironmentNameError, ProjectRootError, StackNameError
from stacks.names import (
    Layer,
    StackName,
    existing_environments,
    existing_stacks,
    find_project_root,
    parse_stack_name,
)
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS

ALL = [f"{environment}-{layer}" for environment in ENVIRONMENTS for layer in Layer]


def test_existing_stacks() -> None:
    """A stack exists when it has a settings file; layers come in the order of deployment."""
    assert [str(stack) for stack in existing_stacks(ROOT)] == ALL
    assert existing_environments(ROOT) == ENVIRONMENTS


def test_parsing() -> None:
    """A stack's name is that of its environment and its layer."""
    stack = parse_stack_name("dev-platform", ROOT)
    assert stack == StackName(environment="dev", layer=Layer.PLATFORM)
    assert stack.below(Layer.FOUNDATION) == StackName(environment="dev", layer=Layer.FOUNDATION)
    assert stack.config_file(ROOT) == ROOT / "stacks/config/Pulumi.dev-platform.yaml"


def test_environments_with_hyphens(tmp_path: Path) -> None:
    """Only the last part is the layer, and files that are no stack's are left alone."""
    folder = tmp_path / "stacks" / "config"
    folder.mkdir(parents=True)
    for name in ("eu-west-foundation", "-foundation", "dev-other", "dev"):
        (folder / f"Pulumi.{name}.yaml").touch()
    assert existing_stacks(tmp_path) == (StackName(environment="eu-west", layer=Layer.FOUNDATION),)


@pytest.mark.parametrize("name", ["eu-west", "dev-2", "Dev", "1dev", "longerthanthat"])
def test_names_that_an_environment_cannot_have(name: str, tmp_path: Path) -> None:
    """What `dev` may do to `dev-*` must not reach `dev-2`, also where somebody wrote its files. ENV-1"""
    folder = tmp_path / "stacks" / "config"
    folder.mkdir(parents=True)
    (folder / f"Pulumi.{name}-foundation.yaml").touch()
    with pytest.raises(EnvironmentNameError) as caught:
        parse_stack_name(f"{name}-foundation", tmp_path)
    assert caught.value.message == f"`{name}` cannot name an environment"
    assert "hyphen" in caught.value.hint


@pytest.mark.parametrize("name", ["dev", "live-platform", "dev-plattform", "platform", ""])
def test_unknown_stacks(name: str) -> None:
    """An unknown stack is named together with those that exist."""
    with pytest.raises(StackNameError) as caught:
        parse_stack_name(name, ROOT)
    assert caught.value.message == f"there is no stack `{name}`"
    assert caught.value.hint == f"stacks are {', '.join(ALL)}"


def test_no_stacks_at_all(tmp_path: Path) -> None:
    """Without any settings file the hint says where they go."""
    with pytest.raises(StackNameError) as caught:
        parse_stack_name("dev-platform", tmp_path)
    assert caught.value.hint == "add its file to stacks/config"


def test_project_root(tmp_path: Path) -> None:
    """The nearest folder upwards with a Pulumi.yaml, or an error that says where the search began."""
    (tmp_path / "Pulumi.yaml").touch()
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    assert find_project_root(inside) == tmp_path.resolve()
    with pytest.raises(ProjectRootError) as caught:
        find_project_root(Path("/"))
    assert caught.value.message == "there is no Pulumi.yaml in `/` or above"
