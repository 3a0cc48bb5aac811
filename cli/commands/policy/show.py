"""`myelin policy show`: one published policy as it is written."""

from __future__ import annotations

from cli.command import command
from cli.commands.policy.options import PolicyArgument, SetOption
from cli.policies.admin_client import open_admin
from cli.policies.versions import CURRENT, find_version
from cli.session import Session


@command(environment="argument", acts=True)
def show(session: Session, policy: PolicyArgument, *, in_set: SetOption = CURRENT) -> None:
    """Show a published policy as it is written.

    Examples:

        myelin policy show no-erase

        myelin policy show no-erase > no-erase.cedar
    """
    admin = open_admin(session.world)
    version = find_version(admin, in_set)
    found = admin.policy(policy, version)
    session.write_file({"version": version, **found.model_dump(mode="json")}, found.text)
