"""`myelin policy drafts`: changes that wait for a second person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cli.command import command
from cli.policies.admin_client import open_admin
from cli.session import Session
from cli.terminal.output import note
from policies.calls.changing.records import DraftRecord


@command(environment="argument", acts=True)
def drafts(session: Session) -> None:
    """List the changes that wait to be activated.

    `myelin policy diff current DRAFT` shows what one of them would decide otherwise.

    Examples:

        myelin policy drafts

        myelin policy drafts --json
    """
    found = open_admin(session.world).drafts()
    session.write([draft.model_dump(mode="json") for draft in found], _lines(found))
    if not found and not session.as_json:
        note("no drafts")


def _lines(found: Iterable[DraftRecord]) -> Iterator[str]:
    for draft in found:
        said = f"  {draft.note}" if draft.note else ""
        yield f"{draft.id}  {draft.at[:19]}  {draft.author}{said}"
        marks = (("-", draft.removed), ("+", draft.added), ("~", draft.replaced))
        yield f"    {' '.join(f'{mark}{name}' for mark, names in marks for name in names)}"
