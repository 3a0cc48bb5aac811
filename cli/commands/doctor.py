"""`myelin doctor`: find out why something does not work."""

from __future__ import annotations

import typer

from cli.exit_codes import ExitCode
from cli.options import JsonOption, ProjectOption
from cli.project import find_project
from cli.terminal.output import print_json, reported, say


def doctor(*, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Find out why something does not work.

    Checks this machine, the project's files and the sandbox, and says what to do about what is wrong.
    Exits 1 when a check fails. Changes nothing.

    Examples:

        myelin doctor

        myelin doctor --json
    """
    # only a run pays for what it imports
    from cli.checkup import Verdict, examine  # noqa: PLC0415

    with reported(as_json=as_json):
        findings = list(examine(find_project(directory=project)))
        failed = any(finding.verdict is Verdict.FAILED for finding in findings)
        if as_json:
            print_json({"healthy": not failed, "checks": [finding.document() for finding in findings]})
        else:
            colors = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}
            for finding in findings:
                mark = typer.style(f"{finding.verdict.value:<8}", fg=colors[finding.verdict])
                say(f"{mark} {finding.subject}: {finding.detail}")
                if finding.hint:
                    say(f"         hint: {finding.hint}")
        if failed:
            raise typer.Exit(ExitCode.FAILED)
