"""`myelin audit`: who changed the policies, and the proof that nobody changed the record of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.policy.options import NamedEnvironmentOption
from cli.options import EnvironmentArgument, EnvironmentOption, JsonOption, ProjectOption, chosen_environment
from cli.project import DEFAULT_ENVIRONMENT, find_project
from cli.terminal.output import note, print_json, reported, say

audit = typer.Typer(
    name="audit",
    help="Show and verify the record of every change of the policies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@audit.command("list")
def list_entries(
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this number.")] = 0,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the whole trail with a new signed checkpoint to FILE, and the key to FILE.pem.",
            dir_okay=False,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List changes of the policies: who, when, what, from which version to which.

    Examples:

        myelin audit list

        myelin audit list --after 10 --json

        myelin audit list --export trail.txt
    """
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.policies.admin_client import open_admin  # noqa: PLC0415
    from cli.policies.audit_trail import entry_document, entry_line, write_export  # noqa: PLC0415
    from cli.worlds.sandbox import attach  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        found = find_project(directory=project)
        admin = open_admin(attach(found, region=read_region(found, env)), env)
        if export is not None:
            count = write_export(admin, export)
            note(f"wrote {count} entries to {export}, and the key to {export}.pem")
        entries = admin.audit(after)
        if as_json:
            print_json({"entries": [entry_document(entry) for entry in entries]})
            return
        for entry in entries:
            say(entry_line(entry))


@audit.command("verify")
def verify_trail(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Exports to verify offline, in any order; without one the environment's own trail.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    *,
    key: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="The public key; by default FILE.pem.", exists=True, dir_okay=False),
    ] = None,
    env: NamedEnvironmentOption = DEFAULT_ENVIRONMENT,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the record of changes is whole, or name the first entry where it is not.

    With files nothing is asked: what proves them is the public key. A broken record exits with 1.

    Examples:

        myelin audit verify

        myelin audit verify trail.txt

        myelin audit verify audit/*.txt --key audit.pem --json
    """
    # only a run pays for what it imports
    from cli.policies.audit_trail import verified_document, verified_line, verify_files, verify_now  # noqa: PLC0415

    with reported(as_json=as_json):
        if files:
            result = verify_files(files, key)
        else:
            from cli.deployment.inputs import read_region  # noqa: PLC0415
            from cli.policies.admin_client import open_admin  # noqa: PLC0415
            from cli.worlds.sandbox import attach  # noqa: PLC0415

            found = find_project(directory=project)
            result = verify_now(open_admin(attach(found, region=read_region(found, env)), env), key)
        if as_json:
            print_json(verified_document(result))
        else:
            say(verified_line(result))
