"""`myelin refresh`: look at every resource, and record what is otherwise than recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.deployment.inspection import EnvironmentInspection, refresh_records
from cli.exit_codes import ExitCode
from cli.session import Session
from sandbox.engine.running.refresh import Drift
from sandbox.engine.values.urn import type_and_name


@command(environment="argument", dry_run="Only show what differs.")
def refresh(
    session: Session,
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when anything differs.")] = False,
) -> None:
    """Look at every resource, and record what is otherwise than recorded.

    What is gone leaves the record, and what is another is recorded as it is; `up` then makes it as declared.
    Changes nothing but the records. Exits 1 if something could not be looked up.

    Examples:

        myelin refresh

        myelin refresh dev --dry-run --exit-code
    """
    found = refresh_records(session.world, keep=session.dry_run)
    session.write(_document(found, session.environment), _lines(found))
    if any(drift.trouble for drift in found.drifts):
        raise typer.Exit(ExitCode.FAILED)
    if exit_code and (found.drifts or found.restored):
        raise typer.Exit(ExitCode.FINDINGS)


def _document(found: EnvironmentInspection, environment: str) -> dict[str, Any]:
    return {
        "environment": environment,
        "restored": [path.name for path in found.restored],
        "drifts": [
            {
                "urn": drift.urn,
                "gone": drift.gone,
                "changes": [
                    {"path": change.path, "old": change.old, "new": change.new} for change in drift.changes
                ],
                "trouble": drift.trouble,
            }
            for drift in found.drifts
        ],
    }


def _lines(found: EnvironmentInspection) -> Iterator[str]:
    for path in found.restored:
        yield f"{path.name}: put back from its copy"
    for drift in found.drifts:
        kind, name = type_and_name(drift.urn)
        yield f"{kind} {name}: {_what(drift)}"
    if not found.drifts:
        yield "every resource is as recorded"


def _what(drift: Drift) -> str:
    if drift.trouble:
        return f"not looked up: {drift.trouble}"
    changes = (f"{change.path} is {change.new!r}, recorded {change.old!r}" for change in drift.changes)
    return "gone" if drift.gone else ", ".join(changes)
