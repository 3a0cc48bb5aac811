"""Reading everything that people wrote, before a deployment changes anything."""

from __future__ import annotations

import pytest

from cli.deployment.inputs import read_inputs
from cli.environment import read_environment
from cli.errors import UsageError
from cli.project import Project
from policies.calls.language.errors import PolicyError
from sandbox.errors import NotLoopbackError
from stacks.errors import StackSettingsError
from stacks.names import Layer

SETTINGS = "stacks/config/Pulumi.dev-platform.yaml"


def test_reads_all_that_a_deployment_is_made_of(project: Project) -> None:
    """Declarations, the settings of each layer, and the policy folder as one version with its cases."""
    inputs = read_inputs(project, read_environment(project, "dev"))
    assert inputs.environment == "dev"
    assert inputs.services.names == ("axon", "orbit")
    assert set(inputs.config) == set(Layer)
    assert inputs.policy_approval is False
    assert inputs.policies.policies == 2
    assert len(inputs.cases) == 10


def test_the_region_is_the_one_that_the_stack_files_say(project: Project) -> None:
    """It is read with them; without one it is us-east-1."""
    assert read_environment(project, "dev").region == "us-east-1"
    for layer in Layer:
        file = project.stack_file("dev", layer)
        file.write_text(file.read_text().replace("us-east-1", "eu-west-1"))
    assert read_environment(project, "dev").region == "eu-west-1"


def test_a_wrong_setting_is_named_with_its_place(project: Project) -> None:
    """A setting that the layer does not have is an error with file and line."""
    path = project.root / SETTINGS
    path.write_text(f"{path.read_text()}  myelin:nosuch: 1\n")
    with pytest.raises(StackSettingsError) as caught:
        read_inputs(project, read_environment(project, "dev"))
    assert caught.value.path == path
    assert caught.value.line == len(path.read_text().splitlines())


def test_a_service_without_an_image_is_refused(project: Project) -> None:
    """Its tasks could never start."""
    project.images.write_text('[[image]]\nrepository = "orbit"\ntag = "*"\ncommand = ["true"]\n')
    with pytest.raises(UsageError, match=r"no image `axon:\S+`, which the service `axon` runs") as caught:
        read_inputs(project, read_environment(project, "dev"))
    assert 'add an [[image]] entry with repository = "axon"' in caught.value.hint


def test_an_endpoint_of_the_shell_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS clients that the shell points elsewhere are refused before anything is read."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    with pytest.raises(NotLoopbackError):
        read_inputs(project, read_environment(project, "dev"))


DEAD = (
    '@id("dead") @reason("r") {} '
    '(principal == Service::"orbit", action == Action::"reason", resource == Service::"orbti");'
)


def test_a_forbid_that_can_never_apply_stops_a_deployment(project: Project) -> None:
    """It was meant to protect; its place and what it names that there is not are in the error. GOV-5"""
    (project.policies / "dead.cedar").write_text(DEAD.format("forbid"))
    with pytest.raises(PolicyError, match="no service `orbti` is declared, so it forbids nothing") as caught:
        read_inputs(project, read_environment(project, "dev"))
    assert (caught.value.path, caught.value.line) == (project.policies / "dead.cedar", 1)


def test_a_permit_that_can_never_apply_is_a_warning(project: Project) -> None:
    """It permits nothing, which is no danger."""
    (project.policies / "dead.cedar").write_text(DEAD.format("permit"))
    inputs = read_inputs(project, read_environment(project, "dev"))
    assert [(warning.policy, warning.code) for warning in inputs.policy_warnings] == [
        ("dead", "never-applies")
    ]
