"""`myelin status`: how an environment stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.command import command
from cli.deployment.inspection import require_records
from cli.deployment.status import read_status
from cli.deployment.status_report import status_document, status_lines
from cli.errors import NotDeployedError, NotRunningError
from cli.exit_codes import ExitCode
from cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why there is nothing to show: no sandbox runs, or the environment is not deployed in it.

    `leftovers` are the ids of processes that a killed sandbox has left.
    """

    reason: NotRunningError | NotDeployedError
    leftovers: tuple[int, ...] = ()


@command(environment="argument")
def status(
    session: Session,
    *,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit 3 unless it is deployed and no service has a problem."),
    ] = False,
) -> None:
    """Show how an environment stands.

    Layers, services (desired, running, healthy), addresses and the policy version; or that no sandbox is
    running, or that the environment is not deployed in it, which is no failure. Resources are counted as
    recorded; `myelin refresh --dry-run` looks at each.

    Examples:

        myelin status

        myelin status dev --json

        myelin status --exit-code
    """
    healthy = _show(session)
    if exit_code and not healthy:
        raise typer.Exit(ExitCode.FINDINGS)


def _show(session: Session) -> bool:
    """Write how an environment stands; give back whether it is deployed and nothing is wrong with it."""
    try:
        # services that run without a record are no environment that was never deployed
        if session.world.endpoint:
            require_records(session.world)
        found = read_status(session.world)
    except NotDeployedError as error:
        absence = Absence(reason=error)
    except NotRunningError as error:
        absence = Absence(reason=error, leftovers=session.world.leftovers())
    else:
        document = {"running": True, "deployed": True, **status_document(found)}
        session.write(document, status_lines(found))
        return not found.problems
    session.write(_absence_document(absence, session.environment), _absence_lines(absence))
    return False


def _absence_lines(absence: Absence) -> Iterator[str]:
    yield f"{absence.reason.message}; {absence.reason.hint}"
    count = len(absence.leftovers)
    if count:
        still = (
            "1 process of a killed sandbox still runs"
            if count == 1
            else f"{count} processes of a killed sandbox still run"
        )
        yield f"{still}; `myelin up` or `myelin down` ends what is left"


def _absence_document(absence: Absence, environment: str) -> dict[str, Any]:
    reason = absence.reason
    return {
        "environment": environment,
        "running": not isinstance(reason, NotRunningError),
        "deployed": False,
        "healthy": False,
        "deployed_environments": list(reason.deployed if isinstance(reason, NotDeployedError) else ()),
        "leftovers": list(absence.leftovers),
    }
