"""`myelin env list`: show the environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel

from cli.command import command
from cli.environment import Environment, read_environment
from cli.project import LAYERS
from cli.session import Session
from stacks.layer_settings import SETTINGS
from stacks.settings import load_settings


@command()
def list_environments(session: Session) -> None:
    """Show the environments, and how they differ.

    Each has a stack file for every layer; what none of its files names has the default of the code.

    Examples:

        myelin env list

        myelin env list --json
    """
    project = session.project
    found = [read_environment(project, name) for name in project.environments()]
    settings = {one.name: _differing(one) for one in found}
    session.write(
        {
            "environments": [
                {"name": one.name, "region": one.region, "settings": settings[one.name]} for one in found
            ]
        },
        (line for one in found for line in _lines(one, settings[one.name])),
    )


def _differing(environment: Environment) -> Mapping[str, object]:
    """Every setting that its files give, as a value. Raises StackSettingsError."""
    given: dict[str, object] = {}
    for layer in LAYERS:
        file = environment.files[layer]
        settings = load_settings(SETTINGS[layer], file.plain_values(), file)
        values = settings.model_dump(mode="json", include=settings.model_fields_set)
        given |= {to_camel(name): value for name, value in values.items()}
    return given


def _lines(environment: Environment, settings: Mapping[str, object]) -> Iterator[str]:
    yield f"{environment.name}  {environment.region}"
    for key, value in sorted(settings.items()):
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield f"  {key}: {str(shown).lower() if isinstance(shown, bool) else shown}"
