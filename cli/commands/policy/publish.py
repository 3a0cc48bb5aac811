"""`myelin policy publish`: make a folder of policies the published set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.policy.options import DraftOption, DryRunOption, NamedEnvironmentOption, NoteOption
from cli.options import JsonOption, ProjectOption, YesOption
from cli.project import DEFAULT_ENVIRONMENT, find_project
from cli.terminal.output import confirm, reported

if TYPE_CHECKING:
    from cli.policies.local import LocalSet
    from cli.policies.published import PublishedSet


def publish(
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
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    env: NamedEnvironmentOption = DEFAULT_ENVIRONMENT,
    project: ProjectOption = None,
    as_json: JsonOption = False,
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
    # only a run pays for what it imports
    from cli.policies import change  # noqa: PLC0415
    from cli.policies.local import read_set  # noqa: PLC0415
    from cli.policies.published import read_published  # noqa: PLC0415
    from cli.policies.refusal import local_places  # noqa: PLC0415
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        found = find_project(directory=project)
        local = read_set(found, folder)
        admin = connect(found, env)
        now = read_published(admin, "current")
        after = _instead(now, local)
        if dry_run:
            shown = change.preview(now, after, change.environments_of(found, env))
            change.show_preview(shown, as_json=as_json)
            return
        files, schema = _texts(local), local.sources.schema
        cases = [placed.case.document() for placed in local.cases]
        with local_places(lambda path: local.folder / path):
            if draft:
                made = admin.draft_publish(files, schema=schema, cases=cases, note=note)
                change.show_result(made, as_json=as_json)
                return
            lost = sorted(now.by_id.keys() - after.by_id.keys())
            if lost:
                names = ", ".join(f"`{name}`" for name in lost[:3])
                more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
                confirm(f"remove the published policies {names}{more}", yes=yes)
            result = admin.publish(files, schema=schema, cases=cases, note=note, expected=now.version)
            change.show_result(result, as_json=as_json)


def _instead(now: PublishedSet, local: LocalSet) -> PublishedSet:
    """What would be published: the folder's policies, and the permits of the calls published as declared."""
    from dataclasses import replace  # noqa: PLC0415 - only a run pays for what it imports

    from policies.calls.versions.slices import rule_of  # noqa: PLC0415

    written = {policy.id: rule_of(policy) for policy in local.sources.policies if policy.line is not None}
    kept = {name: now.by_id[name] for name in now.declared}
    return replace(
        now,
        schema=local.sources.schema,
        actions=local.sources.actions,
        cases=tuple(placed.case.document() for placed in local.cases),
        by_id={**kept, **written},
    )


def _texts(local: LocalSet) -> dict[str, str]:
    """The text of each policy file by its path in the folder."""
    from policies.calls.language.files import read_document  # noqa: PLC0415 - only a run pays for what it imports

    paths = sorted({policy.path for policy in local.sources.policies if policy.line is not None})
    return {path.relative_to(local.folder).as_posix(): read_document(path).text for path in paths}
