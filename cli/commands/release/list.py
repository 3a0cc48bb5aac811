"""`myelin release list`: the releases of an environment."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.releases.ledger import open_ledger
from cli.releases.report import release_document, release_line
from cli.session import Session
from cli.worlds.world import deployed_platform


@command(environment="argument", acts=True)
def list_releases(
    session: Session,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, the newest.")] = 20,
) -> None:
    """List the releases of an environment, the newest first.

    Each with its number, when it began, its state, what made it, and who.

    Examples:

        myelin release list

        myelin release list dev --limit 100 --json
    """
    releases = open_ledger(session.world, deployed_platform(session.world)).releases()
    shown = releases[::-1][:limit]
    session.write(
        {
            "environment": session.environment,
            "total": len(releases),
            "releases": [release_document(one) for one in shown],
        },
        [*map(release_line, shown)] or ["no release yet"],
    )
