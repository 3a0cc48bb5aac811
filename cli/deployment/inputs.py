"""Reads and checks everything that people wrote, before anything is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from cli.environment import Environment
from cli.errors import UsageError
from cli.images.composing import ComposedImage, compose_images
from cli.images.copies import lost_images
from cli.project import Project
from components.containers.deployment_plan import DeploymentDefaults
from components.declarations import GATE, Services, load_services
from policies.calls.changing.folder import pack_folder
from policies.calls.changing.requests import PackedFolder
from policies.calls.language.case_files import PlacedCase, read_cases
from policies.calls.language.sources import read_sources
from policies.calls.language.values import PolicySources
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import LintWarning, as_fault, lint
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import PolicyVersion, cut
from sandbox.cloud.tasks.errors import CannotPullContainerError
from sandbox.cloud.tasks.images import ImageTable
from sandbox.provider.loopback import require_loopback
from stacks.agreement import check_agreement
from stacks.config_file import ConfigFile
from stacks.layer_settings import FoundationSettings, PlatformSettings, WorkloadSettings
from stacks.names import Layer
from stacks.settings import check_workloads, load_settings

_Model = TypeVar("_Model", bound=BaseModel)
IMAGES_KEY = "myelin:images"
"""The setting that says which image of a service is wanted, whatever the working tree makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a deployment: declarations, settings, and the policy folder, cut once.

    `settings` are those of each layer, `images` the digests of all images: those that the settings name, and
    of the others those that are `composed` of the working tree. `config` is the configuration of
    each layer by its full keys, as Pulumi hands it to the program, with those digests. `cases` are those of
    the policies, with the places where they are written. `packed` is the folder as the admin function takes
    it, which cuts it again.
    """

    environment: str
    services: Services
    settings: Mapping[Layer, BaseModel]
    images: Mapping[str, str]
    composed: Mapping[str, ComposedImage]
    config: Mapping[Layer, Mapping[str, str]]
    policies: PolicyVersion
    policy_warnings: tuple[LintWarning, ...]
    packed: PackedFolder
    cases: tuple[PlacedCase, ...]

    @property
    def policy_approval(self) -> bool:
        """Whether the settings want a second person for changes of the policies."""
        platform = self.settings[Layer.PLATFORM]
        return isinstance(platform, PlatformSettings) and platform.policy_approval

    @property
    def deployment_defaults(self) -> DeploymentDefaults:
        """What the settings say of services that do not say how they are deployed."""
        workloads = self.settings[Layer.WORKLOADS]
        assert isinstance(workloads, WorkloadSettings)  # noqa: S101 - it is that layer's
        return workloads.deployment_defaults


def read_inputs(project: Project, environment: Environment) -> Inputs:
    """Read and check declarations, settings, policies and the image table.

    Raises UsageError, DeclarationError, StackSettingsError, PolicyError, TooLargeError, ImageTableError or
    NotLoopbackError, each naming its place.
    """
    _require_own_endpoint()
    services = load_services(project.services)
    files = environment.files
    foundation = _settings(FoundationSettings, files[Layer.FOUNDATION])
    check_agreement(files)
    platform = _settings(PlatformSettings, files[Layer.PLATFORM])
    workloads = _settings(WorkloadSettings, files[Layer.WORKLOADS])
    check_workloads(workloads, services, files[Layer.WORKLOADS])
    folder = project.policies
    sources, cases = read_sources(folder, services.calls), read_cases(folder)
    warnings = _lint(project, sources, services)
    table = ImageTable.load(project.images)
    _require_rows(table, environment.name, services, workloads)
    composed = compose_images(project, environment.name, services, workloads, table)
    digests = {name: workloads.images.get(name) or image.digest for name, image in composed.items()}
    config = {layer: file.plain_values() for layer, file in files.items()}
    config[Layer.WORKLOADS] = {**config[Layer.WORKLOADS], IMAGES_KEY: json.dumps(digests)}
    catalogue = Catalogue(services=services.names, calls=services.calls)
    documents = [placed.case.document() for placed in cases]
    return Inputs(
        environment=environment.name,
        services=services,
        settings={
            Layer.FOUNDATION: foundation,
            Layer.PLATFORM: platform,
            Layer.WORKLOADS: workloads,
        },
        images=digests,
        composed=composed,
        config=config,
        policies=cut(sources, catalogue, documents),
        policy_warnings=warnings,
        packed=pack_folder(sources, catalogue, documents),
        cases=cases,
    )


def read_images(project: Project, environment: Environment) -> Mapping[str, ComposedImage]:
    """The images that the working tree makes. Raises as `read_inputs` does."""
    services, file = load_services(project.services), environment.files[Layer.WORKLOADS]
    workloads, table = _settings(WorkloadSettings, file), ImageTable.load(project.images)
    check_workloads(workloads, services, file)
    _require_rows(table, environment.name, services, workloads)
    return compose_images(project, environment.name, services, workloads, table)


def require_images(project: Project, inputs: Inputs) -> None:
    """Raise UsageError for an image that the settings name and that cannot run here."""
    lost = lost_images(project, inputs.environment, inputs.images, inputs.composed)
    if lost:
        raise UsageError(
            f"`{IMAGES_KEY}` names what cannot run: {'; '.join(lost.values())}",
            hint="name another, or remove the entry, and the code of the working tree is deployed",
        )


def _lint(project: Project, sources: PolicySources, services: Services) -> tuple[LintWarning, ...]:
    """The warnings about policies. Raises PolicyError for the first that is an error."""
    declared = DeclaredNames(
        services=frozenset(services.names), environments=frozenset(project.environments())
    )
    warnings = lint(sources, declared)
    for warning in warnings:
        if warning.is_error:
            raise as_fault(warning)
    return warnings


def _settings(model: type[_Model], file: ConfigFile) -> _Model:
    return load_settings(model, file.plain_values(), file)


def _require_rows(
    table: ImageTable, environment: str, services: Services, settings: WorkloadSettings
) -> None:
    """Raise UsageError for a service whose image the table does not know: its tasks could never start."""
    for service in services.images:
        tag = settings.tag_of(service)
        try:
            table.find(f"{environment}/{service}:{tag}")
        except CannotPullContainerError as error:
            raise UsageError(
                f"{table.path}: no image `{service}:{tag}`, which {_who_runs(service)} runs",
                hint=f'add an [[image]] entry with repository = "{service}" and its command',
            ) from error


def _who_runs(image: str) -> str:
    return "every service behind the gate" if image == GATE else f"the service `{image}`"


def _require_own_endpoint() -> None:
    """Refuse to start while the shell points AWS clients away from this machine; raises NotLoopbackError."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        require_loopback(endpoint)
