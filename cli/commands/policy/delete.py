"""`myelin policy delete`: delete one published policy."""

from __future__ import annotations

from pathlib import Path

from cli.command import command
from cli.commands.policy.options import DRY_RUN, DraftOption, NoteOption, PolicyArgument
from cli.errors import UsageError
from cli.policies import change
from cli.policies.admin_client import open_admin
from cli.policies.published import read_published
from cli.policies.refusal import local_places
from cli.policies.versions import CURRENT, find_version
from cli.session import Session


@command(environment="argument", yes=True, dry_run=DRY_RUN, acts=True)
def delete(
    session: Session, policy: PolicyArgument, *, note: NoteOption = "", draft: DraftOption = False
) -> None:
    """Delete one published policy.

    Every case has to pass without it; else nothing is changed. Asks first. A policy that follows from a
    declared call goes when the call is no longer declared.

    Examples:

        myelin policy delete no-trials --dry-run

        myelin policy delete no-trials --note "the trial is over" --yes
    """
    admin = open_admin(session.world)
    if session.dry_run:
        now = read_published(admin, CURRENT)
        if policy not in now.by_id:
            raise UsageError(f"there is no policy `{policy}`", hint="list them with `myelin policy list`")
        environments = change.environments_of(session.project, session.environment)
        shown = change.preview(now, now.without(policy), environments)
        change.show_preview(shown, as_json=session.as_json)
        return
    if draft:
        with local_places(Path):
            change.show_result(admin.draft_delete(policy, note=note), as_json=session.as_json)
        return
    version = find_version(admin, CURRENT)
    admin.policy(policy, version)  # fails here, before the question, if there is no such policy
    session.confirm(f"delete the policy `{policy}` from version {version[:12]}")
    with local_places(Path):
        result = admin.delete(policy, note=note, expected=version)
        change.show_result(result, as_json=session.as_json)
