"""Whether the stack files of every environment, and the image table, are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from cli.errors import UsageError
from cli.project import LAYERS, Project
from cli.validation.mistake import Mistake
from components.containers.deployment_plan import DeploymentDefaults
from components.declarations import Services
from sandbox.cloud.tasks.errors import CannotPullContainerError, ImageTableError
from sandbox.cloud.tasks.images import ImageTable
from stacks.agreement import check_agreement
from stacks.config_file import ConfigFile, load_config_file
from stacks.errors import StackSettingsError
from stacks.layer_settings import SETTINGS, WorkloadSettings
from stacks.names import Layer, existing_environments
from stacks.region import check_region, common_region
from stacks.settings import check_workloads, inspect_settings

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSettings:
    """What the settings of a project say, and what is wrong with them.

    `commands` are what the images of each service run, in any environment; `defaults` what each environment
    says of deployments.
    """

    environments: tuple[str, ...]
    mistakes: list[Mistake] = field(default_factory=list)
    commands: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    defaults: dict[str, DeploymentDefaults] = field(default_factory=dict)


def check_settings(project: Project, services: Services) -> CheckedSettings:
    """Check every environment that has a stack file."""
    found = CheckedSettings(environments=existing_environments(project.root))
    table = _try(lambda: ImageTable.load(project.images), found.mistakes)
    for environment in found.environments:
        try:
            project.require_environment(environment)
        except UsageError as error:
            found.mistakes.append(Mistake.of(error, project.config))
            continue
        files = _read_files(project, environment, found.mistakes)
        for layer, file in files.items():
            workloads = _check_layer(layer, file, services, found.mistakes)
            if workloads is not None:
                found.defaults[environment] = workloads.deployment_defaults
            if workloads is not None and table is not None:
                _check_images(environment, workloads, table, services, found)
    return found


def _read_files(project: Project, environment: str, mistakes: list[Mistake]) -> Mapping[Layer, ConfigFile]:
    def read_file(layer: Layer) -> ConfigFile:
        return load_config_file(project.stack_file(environment, layer))

    read = {layer: _try(partial(read_file, layer), mistakes) for layer in LAYERS}
    files = {layer: file for layer, file in read.items() if file is not None}
    if len(files) == len(read):
        _try(lambda: common_region(files.values()), mistakes)
        _try(lambda: check_agreement(files), mistakes)
    return files


def _check_layer(
    layer: Layer, file: ConfigFile, services: Services, mistakes: list[Mistake]
) -> WorkloadSettings | None:
    """Check one file; gives the settings of the workloads, where those can be read."""
    _try(file.plain_values, mistakes)
    _try(lambda: check_region(file.values, file), mistakes)
    settings, errors = inspect_settings(SETTINGS[layer], file.values, file)
    mistakes += [Mistake.of(error) for error in errors]
    if not isinstance(settings, WorkloadSettings):
        return None
    _try(lambda: check_workloads(settings, services, file), mistakes)
    return settings


def _check_images(
    environment: str,
    settings: WorkloadSettings,
    table: ImageTable,
    services: Services,
    found: CheckedSettings,
) -> None:
    for service in services.images:
        tag = settings.tag_of(service)
        try:
            image = table.find(f"{environment}/{service}:{tag}")
        except CannotPullContainerError:
            found.mistakes.append(
                Mistake(
                    message=f"no image `{service}:{tag}`, which `{service}` runs in `{environment}`",
                    hint=f'add an [[image]] entry with repository = "{service}" and its command',
                    path=table.path,
                )
            )
        else:
            found.commands.setdefault(service, set()).add(image.command)


def _try(read: Callable[[], _Value], mistakes: list[Mistake]) -> _Value | None:
    """What `read` gives; None when it fails, which is kept."""
    try:
        return read()
    except (StackSettingsError, ImageTableError) as error:
        mistakes.append(Mistake.of(error))
        return None
