"""`myelin policy history`: what was current when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from cli.command import command
from cli.policies.admin_client import open_admin
from cli.session import Session
from policies.calls.changing.records import HistoryEntry

_MOST = 5
"""Policies that are named of one change."""


@command(environment="argument", acts=True)
def history(
    session: Session,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many changes, the newest.")] = 20,
) -> None:
    """Show what made which version current, when, and by whom.

    Newest first. `myelin audit list` has every entry of the audit trail.

    Examples:

        myelin policy history

        myelin policy history --limit 100 --json
    """
    entries = list(open_admin(session.world).history(limit))
    session.write([entry.model_dump(mode="json") for entry in entries], _lines(entries))


def _lines(entries: Iterable[HistoryEntry]) -> Iterator[str]:
    for entry in entries:
        changes = [
            f"{mark}{name}"
            for mark, names in (("-", entry.removed), ("+", entry.added), ("~", entry.replaced))
            for name in names
        ]
        more = f" and {len(changes) - _MOST} more" if len(changes) > _MOST else ""
        said = f"  {entry.note}" if entry.note else ""
        yield f"{entry.at[:19]}  {entry.version[:12]}  {entry.action.value:<8}  {entry.actor}{said}"
        if changes:
            yield f"    {' '.join(changes[:_MOST])}{more}"
