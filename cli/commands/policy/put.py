"""`myelin policy put`: create or replace one published policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.command import command
from cli.commands.policy.options import DRY_RUN, DraftOption, NoteOption
from cli.policies import change
from cli.policies.admin_client import open_admin
from cli.policies.published import read_published
from cli.policies.refusal import local_places
from cli.policies.versions import CURRENT
from cli.session import Session
from policies.calls.language.checking import check
from policies.calls.language.errors import PolicyError
from policies.calls.language.files import read_document
from policies.calls.language.parsing import parse_all
from policies.calls.language.text import split_policies
from policies.calls.language.values import Policy, SourceText


@command(environment="argument", dry_run=DRY_RUN, acts=True)
def put(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file with one policy.", exists=True, dir_okay=False)
    ],
    *,
    note: NoteOption = "",
    draft: DraftOption = False,
) -> None:
    """Create or replace one published policy.

    Its `@id` says which. It is checked against the published schema, and every case has to pass; else nothing
    is changed. A policy that follows from a declared call cannot be changed like this.

    Examples:

        myelin policy put no-trials.cedar --dry-run

        myelin policy put no-trials.cedar --note "agreed on Monday"

        myelin policy put no-trials.cedar --draft
    """
    document = read_document(file)
    policy = _only_policy(document)
    admin = open_admin(session.world)
    if session.dry_run:
        now = read_published(admin, CURRENT)
        check(SourceText(path=Path("the published schema"), text=now.schema), [document])
        environments = change.environments_of(session.project, session.environment)
        shown = change.preview(now, now.having(policy), environments)
        change.show_preview(shown, as_json=session.as_json)
        return
    with local_places(lambda _: file):
        if draft:
            made = admin.draft_put(policy.id, document.text, note=note)
            change.show_result(made, as_json=session.as_json)
        else:
            done = admin.put(policy.id, document.text, note=note)
            change.show_result(done, as_json=session.as_json)


def _only_policy(document: SourceText) -> Policy:
    """The one policy of a file. Raises PolicyError."""
    parsed, faults = parse_all(split_policies(document))
    if faults:
        raise faults[0]
    if len(parsed) != 1:
        raise PolicyError(
            f"the file has {len(parsed)} policies, not one",
            path=document.path,
            line=parsed[1][0].line if parsed else None,
            hint="put each by itself, or publish a folder",
        )
    return parsed[0][1]
