"""`myelin validate`: find everything that is wrong with declarations, handlers, settings and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.policies.findings import counted, offending_line, relative
from cli.session import Session
from cli.terminal.styling import style
from cli.validation.mistake import Mistake
from cli.validation.validation import Validation, validate_project


@command()
def validate(
    session: Session,
    *,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 when something could not be checked.")
    ] = False,
) -> None:
    """Find everything that is wrong with what a deployment is made of.

    Declarations and calls, the handlers in the services' code, the settings of every environment, the image
    table, and policies; one message each. Starts nothing, changes nothing. Exits 2 when there is an error.

    Examples:

        myelin validate

        myelin validate --json
    """
    found = validate_project(session.project)
    session.write(_document(found), _lines(found))
    if found.mistakes:
        raise typer.Exit(ExitCode.USAGE)
    if found.unchecked and exit_code:
        raise typer.Exit(ExitCode.FINDINGS)


def _document(found: Validation) -> dict[str, Any]:
    return {
        "valid": not found.mistakes,
        "services": list(found.services.names),
        "environments": list(found.environments),
        "errors": [
            {
                "path": relative(mistake.path) if mistake.path else None,
                "line": mistake.line,
                "column": mistake.column,
                "message": mistake.message,
                "text": _text(mistake),
                "hint": mistake.hint,
            }
            for mistake in found.mistakes
        ],
        "warnings": list(found.warnings),
        "not_checked": [{"subject": each.subject, "reason": each.reason} for each in found.unchecked],
    }


def _lines(found: Validation) -> Iterator[str]:
    for mistake in found.mistakes:
        place = [relative(mistake.path)] if mistake.path else []
        place += [str(part) for part in (mistake.line, mistake.column) if part is not None]
        where = f"{':'.join(place)}: " if place else ""
        yield f"{style('error:', fg='red', bold=True)} {where}{mistake.message}"
        text = _text(mistake)
        if text is not None:
            yield f"  {mistake.line} | {text}"
        if mistake.hint:
            yield f"{style('hint:', fg='cyan')}  {mistake.hint}"
    for warning in found.warnings:
        yield f"{style('warning:', fg='yellow', bold=True)} {warning}"
    for each in found.unchecked:
        yield f"{style('not checked:', fg='yellow')} {each.subject}: {each.reason}"
    services = counted(len(found.services.names), "service")
    calls, environments = len(found.services.calls), len(found.environments)
    errors, unchecked = len(found.mistakes), len(found.unchecked)
    more = f", {unchecked} not checked" if unchecked else ""
    yield (
        f"{services}, {counted(calls, 'call')}, {counted(environments, 'environment')}: "
        f"{counted(errors, 'error')}{more}"
    )


def _text(mistake: Mistake) -> str | None:
    return offending_line(mistake.path, mistake.line) if mistake.path else None
