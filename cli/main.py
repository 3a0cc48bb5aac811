"""Assembles the command line; each command has a file of its own and imports what it runs when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands import check, dispatch, doctor, down, logs, preview, status, up
from cli.commands.audit import audit
from cli.commands.policy import policy
from cli.terminal.output import say
from cli.terminal.usage import ReportingGroup

app = typer.Typer(
    name="myelin",
    cls=ReportingGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - only this pays for it

        say(f"myelin {version('myelin')}")
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


for command in (
    up.up,
    down.down,
    status.status,
    preview.preview,
    check.check,
    dispatch.dispatch,
    logs.logs,
    doctor.doctor,
):
    app.command()(command)

app.add_typer(policy)
app.add_typer(audit)
