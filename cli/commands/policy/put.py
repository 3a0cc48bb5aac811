"""`myelin policy put` and `myelin policy delete`: change one published policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.policy.options import DraftOption, DryRunOption, NoteOption
from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    YesOption,
    chosen_environment,
)
from cli.project import find_project
from cli.terminal.output import confirm, reported

if TYPE_CHECKING:
    from policies.calls.language.values import Document, Policy


def put(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file with one policy.", exists=True, dir_okay=False)
    ],
    environment: EnvironmentArgument = None,
    *,
    note: NoteOption = "",
    draft: DraftOption = False,
    dry_run: DryRunOption = False,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create or replace one published policy.

    Its `@id` says which. It is checked against the published schema, and every case has to pass; else nothing
    is changed. A policy that follows from a declared call can not be changed like this.

    Examples:

        myelin policy put no-trials.cedar --dry-run

        myelin policy put no-trials.cedar --note "agreed on Monday"

        myelin policy put no-trials.cedar --draft
    """
    # only a run pays for what it imports
    from cli.policies import change  # noqa: PLC0415
    from cli.policies.published import read_published  # noqa: PLC0415
    from cli.policies.refusal import local_places  # noqa: PLC0415
    from cli.policies.versions import connect  # noqa: PLC0415
    from policies.calls.language.files import read_document  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        found = find_project(directory=project)
        document = read_document(file)
        policy = _only(document)
        admin = connect(found, env)
        if dry_run:
            now = read_published(admin, "current")
            _fit(document, now.schema)
            after = now.having(policy)
            shown = change.preview(now, after, change.environments_of(found, env))
            change.show_preview(shown, as_json=as_json)
            return
        with local_places(lambda _: file):
            if draft:
                made = admin.draft_put(policy.id, document.text, note=note)
                change.show_result(made, as_json=as_json)
            else:
                change.show_result(admin.put(policy.id, document.text, note=note), as_json=as_json)


def delete(
    policy: Annotated[str, typer.Argument(metavar="ID", help="The policy's `@id`.")],
    environment: EnvironmentArgument = None,
    *,
    note: NoteOption = "",
    draft: DraftOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete one published policy.

    Every case has to pass without it; else nothing is changed. Asks first. A policy that follows from a
    declared call goes when the call is no longer declared.

    Examples:

        myelin policy delete no-trials --dry-run

        myelin policy delete no-trials --note "the trial is over" --yes
    """
    # only a run pays for what it imports
    from cli.errors import UsageError  # noqa: PLC0415
    from cli.policies import change  # noqa: PLC0415
    from cli.policies.published import read_published  # noqa: PLC0415
    from cli.policies.refusal import local_places  # noqa: PLC0415
    from cli.policies.versions import connect, find_version  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        found = find_project(directory=project)
        admin = connect(found, env)
        if dry_run:
            now = read_published(admin, "current")
            if policy not in now.by_id:
                raise UsageError(f"there is no policy `{policy}`", hint="list them with `myelin policy list`")
            shown = change.preview(now, now.without(policy), change.environments_of(found, env))
            change.show_preview(shown, as_json=as_json)
            return
        if draft:
            with local_places(Path):
                change.show_result(admin.draft_delete(policy, note=note), as_json=as_json)
            return
        version = find_version(admin, "current")
        admin.policy(policy, version)  # fails here, before the question, if there is no such policy
        confirm(f"delete the policy `{policy}` from version {version[:12]}", yes=yes)
        with local_places(Path):
            result = admin.delete(policy, note=note, expected=version)
            change.show_result(result, as_json=as_json)


def _only(document: Document) -> Policy:
    """The one policy of a file. Raises PolicyError."""
    from policies.calls.language.errors import PolicyError  # noqa: PLC0415 - only a run pays for what it imports
    from policies.calls.language.parsing import parse_all  # noqa: PLC0415
    from policies.calls.language.text import split  # noqa: PLC0415

    parsed, faults = parse_all(split(document))
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


def _fit(document: Document, schema: str) -> None:
    """Raise PolicyError for a policy that does not fit the published schema."""
    from policies.calls.language.checking import check  # noqa: PLC0415 - only a run pays for what it imports
    from policies.calls.language.values import Document as Text  # noqa: PLC0415

    check(Text(path=Path("the published schema"), text=schema), [document])
