"""`myelin release diff`: what differs between the inputs of two releases."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.commands.release.options import ReleaseArgument, find_release
from cli.deployment.inputs import read_inputs
from cli.deployment.releasing.release_inputs import record_inputs
from cli.exit_codes import ExitCode
from cli.releases.comparison import compare_inputs, difference_lines
from cli.releases.ledger import open_ledger
from cli.session import Session
from cli.worlds.world import deployed_platform

SAME = "no input differs"


@command(environment="option", acts=True)
def diff(
    session: Session,
    old: ReleaseArgument,
    new: Annotated[
        int,
        typer.Argument(
            metavar="[N]", min=0, help="Another release; by default what is declared now.", show_default=False
        ),
    ] = 0,
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when anything differs.")] = False,
) -> None:
    """Show which inputs of a release differ from those of another, or from what is declared.

    Settings, image digests, declarations by their keys, and policy files with their changed lines.

    Examples:

        myelin release diff 2 3

        myelin release diff 3

        myelin release diff 2 3 --env dev --json --exit-code
    """
    ledger = open_ledger(session.world, deployed_platform(session.world))
    releases = ledger.releases()
    before = ledger.inputs(find_release(releases, old, session.environment))
    if new:
        after = ledger.inputs(find_release(releases, new, session.environment))
    else:
        environment = session.world.environment
        after = record_inputs(session.project, environment, read_inputs(session.project, environment))
    found = compare_inputs(before, after)
    document = {
        "environment": session.environment,
        "old": old,
        "new": new or None,
        "differences": [one.document() for one in found],
    }
    session.write(document, [*difference_lines(found)] or [SAME])
    if found and exit_code:
        raise typer.Exit(ExitCode.FINDINGS)
