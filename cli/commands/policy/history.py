"""`myelin policy history` and `myelin policy rollback`: what was current when, and back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.policy.options import DryRunOption, NamedEnvironmentOption, NoteOption
from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    YesOption,
    chosen_environment,
)
from cli.project import DEFAULT_ENVIRONMENT, find_project
from cli.terminal.output import confirm, print_json, reported, say

if TYPE_CHECKING:
    from cli.policies.admin_client import PolicyAdmin


def history(
    environment: EnvironmentArgument = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many changes, the newest.")] = 20,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what made which version current, when, and by whom.

    Newest first. `myelin audit list` has every entry of the audit trail.

    Examples:

        myelin policy history

        myelin policy history --limit 100 --json
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        admin = connect(find_project(directory=project), env)
        entries = list(admin.history(limit))
        if as_json:
            print_json([entry.model_dump(mode="json") for entry in entries])
            return
        for entry in entries:
            changes = [
                f"{mark}{name}"
                for mark, names in (("-", entry.removed), ("+", entry.added), ("~", entry.replaced))
                for name in names
            ]
            more = f" and {len(changes) - 5} more" if len(changes) > 5 else ""
            said = f"  {entry.note}" if entry.note else ""
            say(f"{entry.at[:19]}  {entry.version[:12]}  {entry.action.value:<8}  {entry.actor}{said}")
            if changes:
                say(f"    {' '.join(changes[:5])}{more}")


def rollback(
    version: Annotated[
        str,
        typer.Argument(
            metavar="[VERSION]", help="At least 8 digits; by default the one before.", show_default=False
        ),
    ] = "",
    *,
    note: NoteOption = "",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    env: NamedEnvironmentOption = DEFAULT_ENVIRONMENT,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a version current again.

    One pointer moves, so it takes effect as fast as any change: functions look at it every few seconds. The
    services and calls published as declared are those of that version, too. Asks first.

    Examples:

        myelin policy rollback --dry-run

        myelin policy rollback 3f2a9c1d --note "denied too much" --yes
    """
    # only a run pays for what it imports
    from cli.policies import change  # noqa: PLC0415
    from cli.policies.published import read_published  # noqa: PLC0415
    from cli.policies.versions import connect, find_version  # noqa: PLC0415

    with reported(as_json=as_json):
        found = find_project(directory=project)
        admin = connect(found, env)
        now = find_version(admin, "current")
        wanted = find_version(admin, version) if version else _before(admin, now)
        if dry_run:
            shown = change.preview(
                read_published(admin, now), read_published(admin, wanted), change.environments_of(found, env)
            )
            change.show_preview(shown, as_json=as_json)
            return
        confirm(f"make version {wanted[:12]} current in place of {now[:12]}", yes=yes)
        change.show_result(admin.rollback(wanted, note=note, expected=now), as_json=as_json)


def _before(admin: PolicyAdmin, current: str) -> str:
    """The version that the newest change took the place of. Raises UsageError."""
    from cli.errors import UsageError  # noqa: PLC0415 - only a run pays for what it imports

    newest = next(admin.history(1), None)
    if newest is None or newest.before is None or newest.version != current:
        raise UsageError("there is no version before this one", hint="list them with `myelin policy history`")
    return newest.before
