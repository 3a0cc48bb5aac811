"""`myelin policy rollback`: back to an earlier version."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.commands.policy.options import DRY_RUN, NoteOption
from cli.errors import UsageError
from cli.policies import change
from cli.policies.admin_client import PolicyAdmin, open_admin
from cli.policies.published import read_published
from cli.policies.versions import CURRENT, find_version
from cli.session import Session


@command(environment="option", yes=True, dry_run=DRY_RUN, acts=True)
def rollback(
    session: Session,
    version: Annotated[
        str,
        typer.Argument(
            metavar="[VERSION]", help="At least 8 digits; by default the one before.", show_default=False
        ),
    ] = "",
    *,
    note: NoteOption = "",
) -> None:
    """Make a version current again.

    One pointer moves, so it takes effect as fast as any change: functions look at it every few seconds. The
    services and calls published as declared are those of that version, too. Asks first.

    Examples:

        myelin policy rollback --dry-run

        myelin policy rollback 3f2a9c1d --note "denied too much" --yes
    """
    admin = open_admin(session.world)
    now = find_version(admin, CURRENT)
    wanted = find_version(admin, version) if version else _version_before(admin, now)
    if session.dry_run:
        environments = change.environments_of(session.project, session.environment)
        shown = change.preview(read_published(admin, now), read_published(admin, wanted), environments)
        change.show_preview(shown, as_json=session.as_json)
        return
    session.confirm(f"make version {wanted[:12]} current in place of {now[:12]}")
    change.show_result(admin.rollback(wanted, note=note, expected=now), as_json=session.as_json)


def _version_before(admin: PolicyAdmin, current: str) -> str:
    """The version that the newest change took the place of. Raises UsageError."""
    newest = next(admin.history(1), None)
    if newest is None or newest.before is None or newest.version != current:
        raise UsageError("there is no version before this one", hint="list them with `myelin policy history`")
    return newest.before
