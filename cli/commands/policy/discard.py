"""`myelin policy discard`: forget a proposed change."""

from __future__ import annotations

from cli.command import command
from cli.commands.policy.options import DraftArgument, check_draft_id
from cli.policies.admin_client import open_admin
from cli.session import Session


@command(environment="argument", yes=True, acts=True)
def discard(session: Session, draft: DraftArgument) -> None:
    """Forget a draft.

    Asks first.

    Examples:

        myelin policy discard 7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10 --yes
    """
    name = check_draft_id(draft)
    admin = open_admin(session.world)
    session.confirm(f"forget the draft `{name}`")
    found = admin.discard(name)
    session.write(found.model_dump(mode="json"), [f"discarded {found.id}"])
