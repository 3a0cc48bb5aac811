"""Assembles the command line from the table of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command_group import PROGRAM, CommandGroup
from cli.commands import GROUPS
from cli.terminal.output import say
from cli.terminal.usage import ReportingGroup


class Myelin(ReportingGroup, CommandGroup):
    """The whole command line."""


app = typer.Typer(
    name=PROGRAM,
    cls=Myelin,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - takes a fifth of the time of `--help`

        say(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """A governed platform for services on AWS, rehearsed in a sandbox on this machine.

    Start with `myelin up`, then `myelin dispatch reason`.
    """


for group, about in GROUPS.items():
    app.add_typer(
        typer.Typer(name=group, help=about, cls=CommandGroup, no_args_is_help=True, rich_markup_mode=None)
    )
