"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UsageError
from cli.project import DEFAULT_ENVIRONMENT, find_project


def chosen_environment(argument: str | None, option: str | None) -> str:
    """The environment that a command is about, given as ENV or with --env; raises UsageError for two."""
    if argument and option and argument != option:
        raise UsageError(
            f"two environments are given, `{argument}` and `--env {option}`", hint="leave one of them out"
        )
    return argument or option or DEFAULT_ENVIRONMENT


def env_flag(environment: str) -> str:
    """What has to follow a command so that it is about an environment, with a space before it; none for the
    default one.
    """
    return "" if environment == DEFAULT_ENVIRONMENT else f" --env {environment}"


def check_correlation_id(text: str) -> None:
    """Raise UsageError for what no service would take over as a correlation id."""
    # the services' own rule; only a command that was given one pays for the import
    from services.runtime.correlation import accept  # noqa: PLC0415

    if accept([text.encode(errors="replace")], lambda: "") != text:
        raise UsageError(
            f"`{text}` can not be a correlation id",
            hint="use 1 to 128 letters, digits and characters out of ._:=@/+-",
        )


def complete_environments(incomplete: str) -> list[str]:
    """Complete the name of an environment from the stack files of the project here."""
    try:
        return [name for name in find_project().environments() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - completion stays silent outside a project
        return []


EnvironmentArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="ENV",
        help="The environment, as its stack files are named.",
        autocompletion=complete_environments,
        show_default=DEFAULT_ENVIRONMENT,
    ),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option("--env", "-e", metavar="ENV", help="The same as ENV.", autocompletion=complete_environments),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Go ahead without asking; needed without a terminal.")
]
ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="The project folder; by default the nearest one with a Pulumi.yaml.",
        exists=True,
        file_okay=False,
    ),
]
PortOption = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65535, help="Port of the load balancer on 127.0.0.1; 0 takes a free one."
    ),
]
EmulatorPortOption = Annotated[
    int,
    typer.Option("--emulator-port", min=0, max=65535, help="Port of the emulated AWS; 0 takes a free one."),
]
