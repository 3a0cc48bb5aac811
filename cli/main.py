"""Assembles the command line; each command has a file of its own and imports what it runs when it runs."""

from __future__ import annotations

import typer

from cli.commands import dispatch, doctor, down, logs, preview, status, up
from cli.commands.audit import audit
from cli.commands.policy import policy

app = typer.Typer(
    name="myelin",
    help="A governed platform for services on AWS, rehearsed in a sandbox on this machine.\n\n"
    "Start with `myelin up`, then `myelin dispatch reason`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (
    up.up,
    down.down,
    status.status,
    preview.preview,
    dispatch.dispatch,
    logs.logs,
    doctor.doctor,
):
    app.command()(command)

app.add_typer(policy)
app.add_typer(audit)


def main() -> None:
    """Run the command line; the entry point `myelin`."""
    app()
