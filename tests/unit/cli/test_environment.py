"""What the stack files of an environment say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.environment import read_environment
from cli.errors import UsageError
from cli.project import Project, find_project
from stacks.errors import StackSettingsError
from stacks.names import Layer
from tests.support.paths import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the stack files of this one."""
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    for file in (tmp_path / "stacks" / "config").glob("Pulumi.dev-*.yaml"):
        file.write_text("config: {}\n")
    return find_project(directory=tmp_path)


def say_region(project: Project, layer: str, region: str) -> None:
    project.stack_file("dev", Layer(layer)).write_text(f"config:\n  aws:region: {region}\n")


def test_environment_has_a_file_of_each_layer(project: Project) -> None:
    """Its stacks are named after it; without a region it is in the default one."""
    found = read_environment(project, "dev")
    assert list(found.files) == list(Layer)
    assert str(found.stack(Layer.PLATFORM)) == "dev-platform"
    assert found.region == "us-east-1"


def test_region_is_that_of_all_layers(project: Project) -> None:
    """One that a file names; two that differ, or one that there is not, are refused."""
    for layer in Layer:
        say_region(project, layer, "eu-west-1")
    assert read_environment(project, "dev").region == "eu-west-1"
    say_region(project, "workloads", "eu-west-2")
    with pytest.raises(StackSettingsError):
        read_environment(project, "dev")


def test_name_that_is_none_is_refused(project: Project) -> None:
    """With the names that are."""
    with pytest.raises(UsageError, match="there is no environment `nowhere`"):
        read_environment(project, "nowhere")
