"""`myelin policy activate`: agree to a change that another person proposed."""

from __future__ import annotations

from cli.command import command
from cli.commands.policy.options import DraftArgument, check_draft_id
from cli.policies.admin_client import open_admin
from cli.policies.change import show_result
from cli.session import Session


@command(environment="argument", acts=True)
def activate(session: Session, draft: DraftArgument) -> None:
    """Make what a draft proposes current.

    Only while the version that it was made from still is. Where approval is required, another person
    than its author has to do it.

    Examples:

        myelin policy activate 7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10
    """
    name = check_draft_id(draft)
    result = open_admin(session.world).activate(name)
    show_result(result, as_json=session.as_json)
