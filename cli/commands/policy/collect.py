"""`myelin policy collect`: delete what no version needs any more."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    YesOption,
    chosen_environment,
)
from cli.project import find_project
from cli.terminal.output import confirm, print_json, reported, say


def collect(
    environment: EnvironmentArgument = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
    yes: YesOption = False,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the stored documents that no version needs any more.

    Kept are the current version, as many of the last ones as `policyKeepVersions` says, those of drafts, and
    what is younger than a day. A version that is not kept can not come back. Asks first.

    Examples:

        myelin policy collect --dry-run

        myelin policy collect --yes --json
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        admin = connect(find_project(directory=project), env)
        if not dry_run:
            confirm("delete the versions that are not kept", yes=yes)
        found = admin.collect(dry_run=dry_run)
        if as_json:
            print_json({"dry_run": dry_run, **found.model_dump(mode="json")})
            return
        would = "would delete" if dry_run else "deleted"
        say(f"{would} {found.deleted} of {found.documents} documents, {found.kept} are kept")
        if found.young:
            say(f"{found.young} that nothing needs are too young")
