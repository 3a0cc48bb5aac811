"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.project import DEFAULT_ENVIRONMENT, find_project


def env_flag(environment: str) -> str:
    """The option that makes a command about an environment, after a space; empty for the default one."""
    return "" if environment == DEFAULT_ENVIRONMENT else f" --env {environment}"


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
SameEnvironmentOption = Annotated[
    str | None,
    typer.Option("--env", "-e", metavar="ENV", help="The same as ENV.", autocompletion=complete_environments),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--env",
        "-e",
        metavar="ENV",
        help="The environment.",
        autocompletion=complete_environments,
        show_default=DEFAULT_ENVIRONMENT,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
AsOption = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Act as this user, which is made if it is new, and not as the operator; so that two people "
        "can be rehearsed.",
    ),
]
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
TimeScaleOption = Annotated[
    float,
    typer.Option(
        "--time-scale",
        min=0,
        max=3600,
        show_default=False,
        help="How many seconds of AWS pass in one, for bakes, steps and alarms; 1 is real time. "
        "A sandbox starts with 60.",
    ),
]
EmulatorPortOption = Annotated[
    int,
    typer.Option("--emulator-port", min=0, max=65535, help="Port of the emulated AWS; 0 takes a free one."),
]
