"""Settings that have to be the same in several files of an environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.agreement import SHARED, check_agreement
from stacks.config_file import ConfigFile, load_config_file
from stacks.errors import StackSettingsError
from stacks.names import Layer
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS


def files(tmp_path: Path, platform: str, workloads: str) -> dict[Layer, ConfigFile]:
    written = {Layer.FOUNDATION: "", Layer.PLATFORM: platform, Layer.WORKLOADS: workloads}
    for layer, text in written.items():
        (tmp_path / f"Pulumi.x-{layer}.yaml").write_text(f"config:\n{text}")
    return {layer: load_config_file(tmp_path / f"Pulumi.x-{layer}.yaml") for layer in written}


def test_the_mesh_is_one() -> None:
    """It is what platform and workloads both have to know."""
    assert SHARED == ("myelin:mesh", "myelin:meshAllowEnded")


@pytest.mark.parametrize(
    ("platform", "workloads", "message", "at"),
    [
        ("", "  myelin:mesh: app-mesh\n", "`app-mesh`, and not set in Pulumi.x-platform.yaml", "workloads"),
        ("  myelin:mesh: app-mesh\n", "", "`app-mesh`, and not set in Pulumi.x-workloads.yaml", "platform"),
        (
            "  myelin:mesh: app-mesh\n",
            "  myelin:mesh: service-connect\n",
            "`service-connect`, and `app-mesh` in Pulumi.x-platform.yaml",
            "workloads",
        ),
    ],
)
def test_two_files_that_differ(tmp_path: Path, platform: str, workloads: str, message: str, at: str) -> None:
    """File, line and key are named, and the other file. ENV-1"""
    with pytest.raises(StackSettingsError) as caught:
        check_agreement(files(tmp_path, platform, workloads))
    assert caught.value.message == f"`myelin:mesh` is {message}"
    assert (caught.value.path, caught.value.line) == (tmp_path / f"Pulumi.x-{at}.yaml", 2)


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    """A stack can be run before the others are written."""
    found = files(tmp_path, "  myelin:mesh: app-mesh\n", "")
    check_agreement({layer: file for layer, file in found.items() if layer is not Layer.WORKLOADS})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_projects_own_agree(environment: str) -> None:
    """Every environment that there is."""
    check_agreement(
        {
            layer: load_config_file(ROOT / "stacks/config" / f"Pulumi.{environment}-{layer}.yaml")
            for layer in Layer
        }
    )
