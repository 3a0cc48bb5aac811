"""`myelin release status`: which release serves, and whether what is declared is another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.command import command
from cli.deployment.inputs import read_inputs
from cli.deployment.releasing.release_inputs import record_inputs
from cli.deployment.status import ReleaseStatus, release_status
from cli.deployment.status_report import release_status_document, release_status_lines
from cli.exit_codes import ExitCode
from cli.options import env_flag
from cli.releases.comparison import compare_inputs
from cli.releases.ledger import open_ledger
from cli.session import Session
from cli.worlds.world import deployed_platform
from policies.calls.store.policy_store import PolicyStore


@command(environment="argument", acts=True)
def status(
    session: Session,
    *,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="Exit 3 unless what is declared serves, and the newest release did."
        ),
    ] = False,
) -> None:
    """Show which release serves, and what differs from it.

    The release that serves, the newest if that is another, whether the environment is held, how many inputs
    are declared otherwise, and whether the policies in force are those that the release put there.

    Examples:

        myelin release status

        myelin release status dev --json --exit-code
    """
    platform = deployed_platform(session.world)
    ledger = open_ledger(session.world, platform)
    found = release_status(ledger.releases())
    environment = session.world.environment
    declared = record_inputs(session.project, environment, read_inputs(session.project, environment))
    differing = len(compare_inputs(ledger.inputs(found.serving), declared)) if found.serving else None
    pointer = PolicyStore(session.world.client("dynamodb"), platform.policy_table_name).pointer()
    in_force = pointer.version if pointer else ""
    document = {
        "environment": session.environment,
        **release_status_document(found),
        "inputs_declared_otherwise": differing,
        "policies_as_released": bool(found.serving and found.serving.policy_version == in_force),
    }
    session.write(
        document, [*release_status_lines(found), *_more(found, differing, in_force, session.environment)]
    )
    if exit_code and (differing != 0 or found.newest != found.serving):
        raise typer.Exit(ExitCode.FINDINGS)


def _more(found: ReleaseStatus, differing: int | None, in_force: str, environment: str) -> Iterator[str]:
    if found.serving is None:
        return
    if differing:
        shown = f"`myelin release diff {found.serving.number}{env_flag(environment)}` shows them"
        yield f"declared  {differing} inputs are otherwise; {shown}"
    else:
        yield "declared  as released"
    if found.serving.policy_version != in_force:
        yield (
            f"policies  version {in_force[:12] or 'none'} is in force, the release put "
            f"{found.serving.policy_version[:12]} there"
        )
