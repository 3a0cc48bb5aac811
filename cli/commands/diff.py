"""`myelin diff --live`: show what of an environment is not as the program declares it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.deployment.drift.finding import find_environment_drift
from cli.deployment.drift.report import drift_document, drift_lines
from cli.deployment.inputs import read_inputs
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.session import Session
from sandbox.engine.planning.drift import DriftKind


@command(environment="argument")
def diff(
    session: Session,
    *,
    live: Annotated[bool, typer.Option("--live", help="Look at AWS itself, and not at the records.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when anything differs.")] = False,
) -> None:
    """Show what of an environment is not as the program declares it.

    Looks at every resource, nested values and elements of lists too, and for what was added inside of them.
    What ECS, auto-scaling and rotation own is named as delegated and is no difference. Writes nothing, no
    record either. Exits 1 if something could not be looked up.

    Examples:

        myelin diff --live

        myelin diff dev --live --json --exit-code
    """
    if not live:
        raise UsageError(
            "`diff` is told with `--live` to look at AWS itself",
            hint="`myelin preview` compares what is declared with what is recorded",
        )
    inputs = read_inputs(session.project, session.world.environment)
    found = find_environment_drift(session.project, session.world, inputs)
    session.write(drift_document(found, session.environment), drift_lines(found))
    if any(drift.kind is DriftKind.NOT_LOOKED_UP for drift in found.drifts):
        raise typer.Exit(ExitCode.FAILED)
    if exit_code and found.drifts:
        raise typer.Exit(ExitCode.FINDINGS)
