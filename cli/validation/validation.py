"""Looks at all that people write for a deployment. Starts no sandbox, asks no AWS, changes nothing.

1. declarations   each by itself, then all together: who calls whom for what
2. settings       the stack files of every environment, and the image table
3. handlers       the code of each service, against what it declares
4. network        whether what the declarations need fits into what AWS takes, in every environment
5. policies       the rules, and the permits that follow from the declared calls
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.deployment.short_shifts import short_shifts
from cli.network.planned import plan_network
from cli.policies.local import inspect_files
from cli.project import Project
from cli.validation.handlers import Application, check_handlers, find_application
from cli.validation.mistake import Mistake, Unchecked
from cli.validation.settings import CheckedSettings, check_settings
from components.declarations import Services, inspect_services
from components.errors import ComponentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What was looked at, what is wrong in the order of its places, and what could not be looked at.

    `warnings` are what is allowed and hardly meant.
    """

    services: Services
    environments: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    unchecked: tuple[Unchecked, ...]
    warnings: tuple[str, ...] = ()


def validate_project(project: Project) -> Validation:
    """Find everything that is wrong with a project's files."""
    declared = inspect_services(project.services)
    services = declared.services
    settings = check_settings(project, services)
    found: list[Mistake | Unchecked] = [*map(Mistake.of, declared.errors), *settings.mistakes]
    found += _handlers(project, services, settings)
    if declared.errors:
        found.append(
            Unchecked(
                subject="policies", reason="they are checked together with the declared calls, correct those"
            )
        )
    else:
        found += [Mistake.of(fault) for fault in inspect_files(project, []).faults]
        if not settings.mistakes:
            found += _network(project, services, settings.environments)
    return Validation(
        services=services,
        environments=settings.environments,
        mistakes=tuple(
            sorted(
                dict.fromkeys(each for each in found if isinstance(each, Mistake)),
                key=lambda each: each.place,
            )
        ),
        unchecked=tuple(each for each in found if isinstance(each, Unchecked)),
        warnings=tuple(_short_shifts(services, settings)),
    )


def _short_shifts(services: Services, settings: CheckedSettings) -> Iterator[str]:
    """Each warning once, with the environments that it is about."""
    found: dict[str, list[str]] = {}
    for environment, defaults in settings.defaults.items():
        for warning in short_shifts(services.services, defaults):
            found.setdefault(warning, []).append(environment)
    for warning, environments in found.items():
        yield f"{', '.join(environments)}: {warning}"


def _network(project: Project, services: Services, environments: Iterable[str]) -> Iterator[Mistake]:
    for environment in environments:
        try:
            plan_network(project, environment, services)
        except ComponentError as error:
            yield Mistake.of(error, project.services)


def _handlers(
    project: Project, services: Services, settings: CheckedSettings
) -> Iterator[Mistake | Unchecked]:
    applications: dict[tuple[str, str], Application] = {}
    for service in services.services:
        commands = settings.commands.get(service.name)
        if not commands:
            yield Unchecked(
                subject=f"handlers of {service.name}", reason="no image says which code the service runs"
            )
            continue
        for command in sorted(commands):
            application = find_application(service, command)
            if isinstance(application, Unchecked):
                yield application
            else:
                applications[service.name, application.reference] = application
    yield from check_handlers(project.root, services, list(applications.values()))
