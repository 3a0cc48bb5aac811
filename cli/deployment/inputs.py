"""Reads and checks everything that a person wrote, before anything is changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import UsageError
from cli.project import LAYERS, Project
from sandbox.provider.loopback import require_loopback
from stacks.names import PROJECT, Layer, StackName

if TYPE_CHECKING:
    from components.manifest import Services
    from policies.calls.language.case_files import PlacedCase
    from policies.calls.language.values import PolicySources
    from policies.calls.versions.catalogue import Catalogue
    from sandbox.cloud.tasks.images import ImageTable
    from sandbox.engine.program.program import Program
    from stacks.config_file import ConfigFile

DEFAULT_REGION = "us-east-1"
"""The region of an environment whose stack files name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was written: declarations, policies with cases, configuration of each layer; all of it checked."""

    environment: str
    services: Services
    policies: PolicySources
    placed_cases: tuple[PlacedCase, ...]
    config: Mapping[Layer, Mapping[str, Any]]
    region: str

    @property
    def cases(self) -> tuple[Mapping[str, Any], ...]:
        """The cases as they are published with the policies."""
        return tuple(placed.case.document() for placed in self.placed_cases)

    def catalogue(self) -> Catalogue:
        """List what exists to decide about: services and declared calls."""
        from policies.calls.versions.catalogue import Catalogue  # noqa: PLC0415 - only a run pays for it

        return Catalogue(
            services=tuple(service.name for service in self.services.services), calls=self.services.calls
        )


def read_inputs(project: Project, environment: str) -> Inputs:
    """Read and check declarations, stack files, policies and the image table.

    Raises UsageError, DeclarationError, StackSettingsError, PolicyError, ImageTableError or NotLoopbackError,
    each naming its place.
    """
    # what a command does not run it does not import: `--help` has to answer at once
    from components.manifest import load_services  # noqa: PLC0415
    from policies.calls.language.case_files import read_cases  # noqa: PLC0415
    from policies.calls.language.sources import read_sources  # noqa: PLC0415
    from sandbox.cloud.tasks.images import ImageTable  # noqa: PLC0415
    from stacks.layer_settings import WorkloadSettings  # noqa: PLC0415
    from stacks.region import common_region  # noqa: PLC0415
    from stacks.settings import check_image_tags, settings_of  # noqa: PLC0415

    _refuse_foreign_endpoint()
    project.require_environment(environment)
    services = load_services(project.services)
    files = _stack_files(project, environment)
    tags: dict[str, str] = {}
    for layer, file in files.items():
        settings = settings_of(layer, file.values, file)
        if isinstance(settings, WorkloadSettings):
            check_image_tags(settings, services, file)
            tags = {name: settings.tag_of(name) for name in services.names}
    region = common_region(files.values())
    policies = read_sources(project.policies, services.calls)
    _check_images(ImageTable.load(project.images), environment, tags)
    config = {layer: file.values for layer, file in files.items()}
    return Inputs(
        environment=environment,
        services=services,
        policies=policies,
        placed_cases=read_cases(project.policies),
        config=config,
        region=region or DEFAULT_REGION,
    )


def require_passing_cases(inputs: Inputs) -> None:
    """Raise PolicyError, with its place, for the first case that the policies do not decide as it expects.

    The store refuses such a set as well, but only when there is one: by then two layers have changed.
    """
    from policies.calls.language.errors import PolicyError  # noqa: PLC0415
    from policies.calls.rehearsing.case_runs import run_cases  # noqa: PLC0415 - only a run pays for it
    from policies.calls.rehearsing.rehearsal import Rehearsal  # noqa: PLC0415
    from policies.calls.versions.slices import cut  # noqa: PLC0415

    version = Rehearsal.of(cut(inputs.policies, inputs.catalogue(), inputs.cases))
    results = run_cases(version, (placed.case for placed in inputs.placed_cases)).results
    for placed, result in zip(inputs.placed_cases, results, strict=True):
        if not result.passed:
            raise PolicyError(
                f"the case `{placed.case.name}` fails: {result.failure}",
                path=placed.path,
                line=placed.line,
                hint="correct the policies, or the case if what it expects is no longer wanted; "
                "`myelin policy test` shows all of them",
            )


def read_region(project: Project, environment: str) -> str:
    """Read which region an environment is deployed to; raises UsageError or StackSettingsError."""
    from stacks.region import check_region, common_region  # noqa: PLC0415

    project.require_environment(environment)
    files = _stack_files(project, environment)
    for file in files.values():
        check_region(file.values, file)
    return common_region(files.values()) or DEFAULT_REGION


def _stack_files(project: Project, environment: str) -> dict[Layer, ConfigFile]:
    from stacks.config_file import load_config_file  # noqa: PLC0415 - yaml costs time to import

    return {layer: load_config_file(project.stack_file(environment, layer)) for layer in LAYERS}


def programs(project: Project, inputs: Inputs) -> dict[Layer, Program]:
    """Make the program of each layer: the same entry that `pulumi up` executes."""
    from sandbox.engine.program.program import Program  # noqa: PLC0415
    from stacks.program import load_layers, main  # noqa: PLC0415

    # a sandbox that was just started loads for a second or two, and the first layer would only wait for it
    load_layers()
    return {
        layer: Program(
            project=PROJECT,
            stack=str(StackName(environment=inputs.environment, layer=layer)),
            main=main,
            config=inputs.config[layer],
            root=project.root,
        )
        for layer in LAYERS
    }


def _check_images(table: ImageTable, environment: str, tags: Mapping[str, str]) -> None:
    """Raise UsageError for a service whose image the table does not know: its tasks could never start."""
    from sandbox.cloud.tasks.errors import CannotPullContainerError  # noqa: PLC0415

    for service, tag in tags.items():
        try:
            table.find(f"{environment}/{service}:{tag}")
        except CannotPullContainerError as error:
            raise UsageError(
                f"{table.path}: no image `{service}:{tag}`, which the service `{service}` runs",
                hint=f'add an [[image]] entry with repository = "{service}" and its command',
            ) from error


def _refuse_foreign_endpoint() -> None:
    """Refuse to start while the shell points AWS clients away from this machine."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        require_loopback(endpoint)
