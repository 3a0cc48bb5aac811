"""`myelin alarms`: which alarms are red, why, since when, and what they would roll back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.observing.alarms import RED, alarm_lines, alarms_document, read_alarms
from cli.session import Session


@command(environment="option")
def alarms(
    session: Session,
    service: Annotated[
        str, typer.Argument(metavar="[SERVICE]", help="Only those of this service or function.")
    ] = "",
    *,
    whole: Annotated[bool, typer.Option("--all", help="Also those that are ok and tell nobody.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 if one is red.")] = False,
) -> None:
    """Show which alarms are red, and why.

    State, since when, and what an alarm would roll back. Of each service one alarm tells somebody, and those
    on how fast its error budget is spent; the others say why. With --json all are written.

    Examples:

        myelin alarms

        myelin alarms orbit --all

        myelin alarms --json --exit-code
    """
    found = read_alarms(session.world, service)
    session.write(
        alarms_document(session.environment, found),
        alarm_lines(found, whole=whole, now=datetime.now(UTC)),
    )
    if exit_code and any(alarm.state == RED for alarm in found):
        raise typer.Exit(ExitCode.FINDINGS)
