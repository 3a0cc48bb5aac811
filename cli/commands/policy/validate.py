"""`myelin policy validate`: find everything that is wrong with policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.policies.findings import counted, fault_document, fault_lines, warning_document, warning_lines
from cli.policies.local import Inspected, inspect_files
from cli.session import Session
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import LintWarning, as_fault, lint


@command()
def validate(
    session: Session,
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
) -> None:
    """Find everything that is wrong with policies.

    Each error with file, line, column, the text and what to do; a forbid that can never apply is one. Warns
    of permits that never apply, or that a forbid always overrules, of duplicates, and of wildcards. Exits 2
    when there is an error.

    Examples:

        myelin policy validate

        myelin policy validate policies/calls/rules/no-erase.cedar

        myelin policy validate drafts --exit-code
    """
    checked = inspect_files(session.project, files or [])
    declared = DeclaredNames(
        services=checked.services, environments=frozenset(session.project.environments())
    )
    sources = checked.inspection.sources
    paths = {policy.id: policy.path.resolve() for policy in sources.policies}
    warnings = [
        warning
        for warning in lint(sources, declared)
        if not files or checked.named & {paths[warning.policy], paths.get(warning.other or "")}
    ]
    faults = (*checked.faults, *(as_fault(warning) for warning in warnings if warning.is_error))
    checked = replace(checked, faults=faults)
    warnings = [warning for warning in warnings if not warning.is_error]
    session.write(_document(checked, warnings), _lines(checked, warnings))
    if checked.faults:
        raise typer.Exit(ExitCode.USAGE)
    if warnings and exit_code:
        raise typer.Exit(ExitCode.FINDINGS)


def _document(checked: Inspected, warnings: Sequence[LintWarning]) -> dict[str, Any]:
    return {
        "valid": not checked.faults,
        "policies": len(checked.inspection.sources.policies),
        "cases": checked.cases,
        "errors": [fault_document(fault) for fault in checked.faults],
        "warnings": [warning_document(warning) for warning in warnings],
    }


def _lines(checked: Inspected, warnings: Sequence[LintWarning]) -> Iterator[str]:
    for fault in checked.faults:
        yield from fault_lines(fault)
    for warning in warnings:
        yield from warning_lines(warning)
    policies = counted(len(checked.inspection.sources.policies), "policy", "policies")
    found = f"{counted(len(checked.faults), 'error')}, {counted(len(warnings), 'warning')}"
    yield f"{policies}, {counted(checked.cases, 'case')}: {found}"
