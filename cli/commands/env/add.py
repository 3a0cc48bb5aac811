"""`myelin env add`: write the stack files of a new environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.command import command
from cli.lock import hold_lock
from cli.options import complete_environments
from cli.scaffolding.changes import FileChange, apply_changes
from cli.scaffolding.new_environment import plan_environment
from cli.session import Session
from cli.terminal.program import program_name


@command(dry_run="Only say what would be written.")
def add(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="At most 11 small letters and digits.")],
    *,
    like: Annotated[
        str,
        typer.Option(metavar="ENV", help="Whose settings it takes.", autocompletion=complete_environments),
    ] = "dev",
) -> None:
    """Write the stack files of a new environment.

    They are those of another one, with an address range that none has yet; change in them what is to be
    otherwise. All or nothing.

    Examples:

        myelin env add qa

        myelin env add live --like prod --dry-run
    """
    if session.dry_run:
        changes = plan_environment(session.project, name, like)
    else:
        with hold_lock(session.project.sandbox):
            changes = plan_environment(session.project, name, like)
            apply_changes(session.project.root, changes)
    session.write(
        {
            "environment": name,
            "like": like,
            "created": [str(change.path) for change in changes],
            "dry_run": session.dry_run,
        },
        _lines(name, changes, dry_run=session.dry_run),
    )


def _lines(name: str, changes: Sequence[FileChange], *, dry_run: bool) -> Iterator[str]:
    for change in changes:
        yield f"{'would create' if dry_run else 'created'}  {change.path}"
    if not dry_run:
        yield ""
        yield f"next:  {program_name()} preview {name}  what is to be made"
        yield f"       {program_name()} check {name}    whether it is safe"
