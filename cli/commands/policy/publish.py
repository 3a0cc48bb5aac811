"""`myelin policy publish`: make a folder of policies the published set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.command import command
from cli.commands.policy.options import DRY_RUN, DraftOption, NoteOption
from cli.policies import change
from cli.policies.admin_client import open_admin
from cli.policies.local import LocalSet, read_set
from cli.policies.published import PublishedSet, read_published
from cli.policies.refusal import local_places
from cli.policies.versions import CURRENT
from cli.session import Session
from policies.calls.language.files import read_document
from policies.calls.versions.slices import rule_of


@command(environment="option", yes=True, dry_run=DRY_RUN, acts=True)
def publish(
    session: Session,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A folder of policies and cases; by default the project's.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    *,
    note: NoteOption = "",
    draft: DraftOption = False,
) -> None:
    """Make a folder of policies the published set.

    Its policies, schema and cases take the place of those published; the permits of declared calls stay. It
    is checked as a whole, and every case has to pass; else nothing is changed. Asks before it removes a
    policy.

    Examples:

        myelin policy publish --dry-run

        myelin policy publish --note "release 12" --yes

        myelin policy publish drafts --draft
    """
    local = read_set(session.project, folder)
    admin = open_admin(session.world)
    now = read_published(admin, CURRENT)
    after = _published_instead(now, local)
    if session.dry_run:
        shown = change.preview(now, after, change.environments_of(session.project, session.environment))
        change.show_preview(shown, as_json=session.as_json)
        return
    files, schema = _read_texts(local), local.sources.schema
    cases = [placed.case.document() for placed in local.cases]
    with local_places(lambda path: local.folder / path):
        if draft:
            made = admin.draft_publish(files, schema=schema, cases=cases, note=note)
            change.show_result(made, as_json=session.as_json)
            return
        lost = sorted(now.by_id.keys() - after.by_id.keys())
        if lost:
            names = ", ".join(f"`{name}`" for name in lost[:3])
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            session.confirm(f"remove the published policies {names}{more}")
        result = admin.publish(files, schema=schema, cases=cases, note=note, expected=now.version)
        change.show_result(result, as_json=session.as_json)


def _published_instead(now: PublishedSet, local: LocalSet) -> PublishedSet:
    """What would be published: the folder's policies, and the permits of the calls published as declared."""
    written = {policy.id: rule_of(policy) for policy in local.sources.policies if policy.line is not None}
    kept = {name: now.by_id[name] for name in now.declared}
    return replace(
        now,
        schema=local.sources.schema,
        actions=local.sources.actions,
        cases=tuple(placed.case.document() for placed in local.cases),
        by_id={**kept, **written},
    )


def _read_texts(local: LocalSet) -> dict[str, str]:
    """The text of each policy file by its path in the folder."""
    paths = sorted({policy.path for policy in local.sources.policies if policy.line is not None})
    return {path.relative_to(local.folder).as_posix(): read_document(path).text for path in paths}
