"""What the stack files of an environment say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cli.project import LAYERS, Project
from stacks.config_file import ConfigFile, load_config_file
from stacks.names import Layer, StackName
from stacks.region import check_region, common_region

DEFAULT_REGION = "us-east-1"
"""The region of an environment whose stack files name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment's name, the configuration of each layer as it is written, and the region of all."""

    name: str
    files: Mapping[Layer, ConfigFile]
    region: str

    def stack(self, layer: Layer) -> StackName:
        """The name of a layer's stack."""
        return StackName(environment=self.name, layer=layer)


def read_environment(project: Project, name: str) -> Environment:
    """Read the stack files of an environment.

    Raises UsageError for a name that has none, and StackSettingsError.
    """
    project.require_environment(name)
    files = {layer: load_config_file(project.stack_file(name, layer)) for layer in LAYERS}
    for file in files.values():
        check_region(file.values, file)
    return Environment(name=name, files=files, region=common_region(files.values()) or DEFAULT_REGION)
