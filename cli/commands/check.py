"""`myelin check`: look at every resource before it is deployed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.checking.outputs import Format, on_stdout, parse_outputs, render, write_files
from cli.checking.run import check as run_checks
from cli.checking.targets import Target, choose_environments, from_document, from_stacks
from cli.command import command
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.options import complete_environments
from cli.session import Session
from cli.terminal.output import note, print_verbatim, reported, say
from policies.resources.findings.baseline import write_baseline as keep
from policies.resources.scanning.checkov_runner import load


@command()
def check(
    session: Session,
    environments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENV]...",
            help="Environments to check.",
            autocompletion=complete_environments,
            show_default="all",
        ),
    ] = None,
    *,
    stack: Annotated[str | None, typer.Option("--stack", metavar="STACK", help="Check one stack.")] = None,
    preview: Annotated[
        Path | None,
        typer.Option("--preview", metavar="FILE", help="Check the output of `pulumi preview --json`."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Check the output of `pulumi stack export`."),
    ] = None,
    program: Annotated[
        Path | None,
        typer.Option(
            "--program",
            metavar="DIR",
            help="Where the program of a preview or export lies; by default the working folder.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    conventions: Annotated[
        bool, typer.Option("--conventions", help="Hold any program to the platform's own conventions.")
    ] = False,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT[=FILE]",
            help="text, json, sarif or junit, on stdout or into a file; may be given several times.",
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Do not count the failures that this file knows."),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Keep the failures of this run as known."),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when something is to mend.")] = False,
) -> None:
    """Check every resource with checkov and the platform's own rules.

    Runs the project's stacks in process, without AWS, a token or the Pulumi command; or reads what Pulumi
    wrote about a project that may be anybody's. Each finding names the resource, its component, and the line
    of Python that made it.

    Examples:

        myelin check

        myelin check dev --exit-code --output sarif=check.sarif

        pulumi preview --json > preview.json; myelin check --preview preview.json
    """
    chosen = [*(output or ()), *(["json"] if session.as_json else ())]
    # `--output json` is `--json`, for a failure, too
    with reported(as_json="json" in chosen):
        outputs = parse_outputs(chosen)
        _refuse_mixtures(environments or [], stack, preview, export, program)

        def target() -> Target:
            if preview is None and export is None:
                wanted = choose_environments(session.project, environments or [], stack)
                return from_stacks(session.project, wanted, stack)
            return from_document(preview, export, program=program, conventions=conventions)

        report = run_checks(target, load, baseline=baseline, today=datetime.now(UTC).date())
        write_files(report, outputs)
        if write_baseline is not None:
            keep(write_baseline, [*report.failed, *report.known])
            note(f"kept {len(report.failed) + len(report.known)} failures in {write_baseline}")
        form = on_stdout(outputs)
        write = say if form is Format.TEXT else print_verbatim
        write(render(report, form).removesuffix("\n"))
        if exit_code and not report.clean:
            raise typer.Exit(ExitCode.FINDINGS)


def _refuse_mixtures(
    environments: list[str],
    stack: str | None,
    preview: Path | None,
    export: Path | None,
    program: Path | None,
) -> None:
    given = {
        "an environment": bool(environments),
        "--stack": stack is not None,
        "--preview": preview is not None,
        "--export": export is not None,
    }
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other", hint="give one of them")
    if program is not None and preview is None and export is None:
        raise UsageError("--program is for --preview and --export", hint="a checkout is given by --project")
