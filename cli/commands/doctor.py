"""`myelin doctor`: find out why something does not work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from cli.checkup import CheckupFinding, Verdict, examine
from cli.command import command
from cli.exit_codes import ExitCode
from cli.paths import shorten_paths
from cli.session import Session
from cli.terminal.styling import style

_COLORS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}


@command()
def doctor(session: Session) -> None:
    """Find out why something does not work.

    Checks this machine, the project's files and the sandbox, and says what to do about what is wrong.
    Exits 1 when a check fails. Changes nothing.

    Examples:

        myelin doctor

        myelin doctor --json
    """
    findings = list(examine(session.project))
    failed = any(finding.verdict is Verdict.FAILED for finding in findings)
    document = {"healthy": not failed, "checks": [finding.document() for finding in findings]}
    session.write(document, _lines(findings))
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def _lines(findings: Iterable[CheckupFinding]) -> Iterator[str]:
    for finding in findings:
        mark = style(f"{finding.verdict.value:<8}", fg=_COLORS[finding.verdict])
        yield f"{mark} {finding.subject}: {shorten_paths(finding.detail)}"
        if finding.hint:
            yield f"         hint: {finding.hint}"
