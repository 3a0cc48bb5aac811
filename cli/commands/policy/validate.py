"""`myelin policy validate`: find everything that is wrong with policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exit_codes import ExitCode
from cli.options import JsonOption, ProjectOption
from cli.project import find_project
from cli.terminal.output import print_json, reported, say


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Policy or case files, or folders; by default the project's. "
            "A folder with a schema is a set of its own.",
            show_default=False,
        ),
    ] = None,
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when there are warnings.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find everything that is wrong with policies.

    Each error with file, line, column, the text and what to do. Warns of policies that never apply, permits
    that a forbid always overrules, duplicates, and wildcards. Exits 2 when there is an error.

    Examples:

        myelin policy validate

        myelin policy validate policies/calls/rules/no-erase.cedar

        myelin policy validate drafts --exit-code
    """
    # only a run pays for what it imports
    from cli.policies import findings  # noqa: PLC0415
    from cli.policies.findings import counted  # noqa: PLC0415
    from cli.policies.local import inspect_files  # noqa: PLC0415
    from policies.calls.language.lint import Declared, lint  # noqa: PLC0415

    with reported(as_json=as_json):
        here = find_project(directory=project)
        checked = inspect_files(here, files or [])
        declared = Declared(services=checked.services, environments=frozenset(here.environments()))
        sources = checked.inspection.sources
        paths = {policy.id: policy.path.resolve() for policy in sources.policies}
        warnings = [
            warning
            for warning in lint(sources, declared)
            if not files or checked.named & {paths[warning.policy], paths.get(warning.other or "")}
        ]
        if as_json:
            print_json(
                {
                    "valid": not checked.faults,
                    "policies": len(sources.policies),
                    "cases": checked.cases,
                    "errors": [findings.fault_document(fault) for fault in checked.faults],
                    "warnings": [findings.warning_document(warning) for warning in warnings],
                }
            )
        else:
            for fault in checked.faults:
                for line in findings.fault_lines(fault):
                    say(line)
            for warning in warnings:
                for line in findings.warning_lines(warning):
                    say(line)
            looked = (
                f"{counted(len(sources.policies), 'policy', 'policies')}, {counted(checked.cases, 'case')}"
            )
            found = f"{counted(len(checked.faults), 'error')}, {counted(len(warnings), 'warning')}"
            say(f"{looked}: {found}")
        if checked.faults:
            raise typer.Exit(ExitCode.USAGE)
        if warnings and exit_code:
            raise typer.Exit(ExitCode.FINDINGS)
