"""`myelin unlock`: show who holds the lock, and clear what a dead process left."""

from __future__ import annotations

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.lock import clear_dead_lock, read_lock
from cli.session import Session


@command(environment="argument", dry_run="Only show who holds it.")
def unlock(session: Session) -> None:
    """Show who holds the lock of an environment, and clear it where that process is dead.

    All environments of a sandbox share its lock, which the kernel holds for the process that works: it goes
    when that ends, however it ends. A lock whose process lives is never taken from it: exit 7, with who it
    is, since when, and what it does.

    Examples:

        myelin unlock

        myelin unlock dev --dry-run --json
    """
    found = read_lock(session.project.sandbox)
    alive = found is not None and found.alive
    cleared = (
        found is not None and not alive and not session.dry_run and clear_dead_lock(session.project.sandbox)
    )
    document = {
        "environment": session.environment,
        "held": alive,
        "holder": None if found is None else found.document(),
        "cleared": cleared,
    }
    if found is None:
        lines = ["nobody holds the lock"]
    elif alive:
        lines = [f"held by {found.words()}", "it works still: wait until it has ended, or end that process"]
    else:
        lines = [
            f"left by {found.words()}, which is dead",
            "cleared" if cleared else "the next command takes it",
        ]
    session.write(document, lines)
    if alive:
        raise typer.Exit(ExitCode.LOCKED)
