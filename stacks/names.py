"""Stack names: one stack per environment and layer, `<env>-<layer>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stacks.errors import EnvironmentNameError, ProjectRootError, StackNameError

PROJECT = "myelin"
PROJECT_FILE = "Pulumi.yaml"
CONFIG_DIRECTORY = Path("stacks", "config")
"""Below the project root; Pulumi.yaml says the same in `stackConfigDir`."""


_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{0,10}")
NAME_ADVICE = (
    "use a small letter and up to ten more letters or digits: names of target groups have 32 characters for "
    "environment and service, and a hyphen would make it look like part of another"
)


def is_environment_name(name: str) -> bool:
    """Whether all names and permissions that begin with it are those of this environment alone."""
    return _ENVIRONMENT.fullmatch(name) is not None


class Layer(StrEnum):
    """The layers in the order in which they are deployed, by how often they change."""

    FOUNDATION = "foundation"
    PLATFORM = "platform"
    WORKLOADS = "workloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackName:
    """An environment and a layer."""

    environment: str
    layer: Layer

    def __str__(self) -> str:
        """The name of the stack in Pulumi."""
        return f"{self.environment}-{self.layer}"

    def config_file(self, root: Path) -> Path:
        """The file with the stack's settings."""
        return root / CONFIG_DIRECTORY / f"Pulumi.{self}.yaml"

    def below(self, layer: Layer) -> StackName:
        """The stack of another layer in the same environment."""
        return StackName(environment=self.environment, layer=layer)


def existing_stacks(root: Path) -> tuple[StackName, ...]:
    """The stacks that have a settings file, by environment, in the order of the layers."""
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in _config_files(root))
    found = [stack for stack in map(split_stack_name, names) if stack is not None]
    return tuple(sorted(found, key=lambda one: (one.environment, list(Layer).index(one.layer))))


def existing_environments(root: Path) -> tuple[str, ...]:
    """The environments that have at least one stack."""
    return tuple(dict.fromkeys(stack.environment for stack in existing_stacks(root)))


def split_stack_name(name: str) -> StackName | None:
    """The environment and layer of a stack's name; None for a name of another form."""
    environment, _, layer = name.rpartition("-")
    if not environment or layer not in set(Layer):
        return None
    return StackName(environment=environment, layer=Layer(layer))


def parse_stack_name(name: str, root: Path) -> StackName:
    """The stack of this name; raises StackNameError when it has no settings file, EnvironmentNameError."""
    known = existing_stacks(root)
    stack = split_stack_name(name)
    if stack is None or stack not in known:
        raise StackNameError(name, known=[str(one) for one in known])
    if not is_environment_name(stack.environment):
        raise EnvironmentNameError(stack.environment, hint=NAME_ADVICE)
    return stack


def find_project_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that has a Pulumi.yaml; raises ProjectRootError."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise ProjectRootError(start)


def _config_files(root: Path) -> list[Path]:
    return sorted((root / CONFIG_DIRECTORY).glob("Pulumi.*.yaml"))
