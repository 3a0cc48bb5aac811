"""Pulumi.yaml and the stack files."""

from __future__ import annotations

import pytest
import yaml

from stacks.config_file import load_config_file
from stacks.names import CONFIG_DIRECTORY, PROJECT, existing_stacks
from stacks.settings import settings_of
from tests.support.paths import ROOT

STACKS = existing_stacks(ROOT)


def test_project_file() -> None:
    """One Python project whose program is stacks/ and whose stack files have a folder of their own."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project == {
        "name": PROJECT,
        "description": "A governed platform for services on AWS",
        "runtime": {"name": "python", "options": {"virtualenv": ".venv"}},
        "main": "stacks",
        "stackConfigDir": CONFIG_DIRECTORY.as_posix(),
    }
    assert (ROOT / project["main"] / "__main__.py").is_file()


@pytest.mark.parametrize("stack", STACKS, ids=str)
def test_stack_files_hold_only_what_differs(stack: object) -> None:
    """Every stack file is valid for its layer, names its region, and repeats no default."""
    found = next(one for one in STACKS if one == stack)
    source = load_config_file(found.config_file(ROOT))
    settings = settings_of(found.layer, source.values, source)
    assert source.values["aws:region"]
    assert not source.encrypted
    own = [key for key in source.values if key.startswith(f"{PROJECT}:")]
    assert len(own) == len(settings.model_fields_set)
    for name in settings.model_fields_set:
        assert getattr(settings, name) != type(settings).model_fields[name].default, name


def test_every_file_in_the_folder_is_a_stacks() -> None:
    """A file with a misspelt name would belong to no stack, and nothing would say so."""
    files = {path.name for path in (ROOT / CONFIG_DIRECTORY).iterdir()}
    assert files == {f"Pulumi.{stack}.yaml" for stack in STACKS}
