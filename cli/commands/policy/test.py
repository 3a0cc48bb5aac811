"""`myelin policy test`: ask the cases that stand beside the policies."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import JsonOption, ProjectOption
from cli.project import find_project
from cli.terminal.output import note, print_json, reported, say

if TYPE_CHECKING:
    from cli.policies.local import LocalSet
    from policies.calls.rehearsing.case_runs import CaseReport, CaseResult


def ask_cases(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A folder of policies and cases; by default the project's.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    *,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the results as JUnit XML.")
    ] = None,
    min_coverage: Annotated[
        int, typer.Option(min=0, max=100, help="Fail when fewer percent of the policies decide a case.")
    ] = 0,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the cases that stand beside the policies.

    A case in a `*.cases.yaml` file says what is asked, the decision expected and, if wanted, the policies
    that have to determine it. Shows which policies no case has decided by. Exits 1 when a case fails.

    Examples:

        myelin policy test

        myelin policy test --junit build/policies.xml --min-coverage 100
    """
    # only a run pays for what it imports
    from cli.policies.findings import relative  # noqa: PLC0415
    from cli.policies.junit import junit as junit_text  # noqa: PLC0415
    from cli.policies.local import read_set  # noqa: PLC0415
    from policies.calls.rehearsing.case_runs import run_cases  # noqa: PLC0415

    with reported(as_json=as_json):
        local = read_set(find_project(directory=project), folder)
        if not local.cases:
            raise CliError(
                f"there are no cases below `{relative(local.folder)}`",
                hint="write some in a file whose name ends with `.cases.yaml`",
            )
        started = time.perf_counter()
        report = run_cases(local.rehearsal(), (placed.case for placed in local.cases))
        seconds = time.perf_counter() - started
        places = {placed.case.name: (relative(placed.path), placed.line) for placed in local.cases}
        if junit is not None:
            _write(junit, junit_text(report, places, seconds=seconds))
        percent, uncovered = _coverage(local, report)
        if as_json:
            print_json(_document(report, places, percent, uncovered))
        else:
            for result in report.failures:
                file, line = places[result.case.name]
                say(f"{typer.style('failed', fg='red', bold=True)} {result.case.name} ({file}:{line})")
                say(f"       {result.failure}")
            passed = len(report.results) - len(report.failures)
            say(f"{passed} of {len(report.results)} cases passed, in {seconds * 1000:.0f} ms")
            say(
                f"{len(local.sources.policies) - len(uncovered)} of {len(local.sources.policies)} policies "
                f"decided a case ({percent} %)"
            )
            for name in uncovered:
                say(f"       not covered: {name}")
        if report.failures:
            raise typer.Exit(ExitCode.FAILED)
        if percent < min_coverage:
            note(f"coverage is {percent} %, less than the {min_coverage} % asked for")
            raise typer.Exit(ExitCode.FAILED)


def _coverage(local: LocalSet, report: CaseReport) -> tuple[int, tuple[str, ...]]:
    """How many percent of the policies decided a case, rounded down, and the ids of the others."""
    names = [policy.id for policy in local.sources.policies]
    uncovered = tuple(name for name in names if name not in report.covered)
    return (len(names) - len(uncovered)) * 100 // len(names) if names else 100, uncovered


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise CliError(f"`{path}` can not be written: {reason}", hint="name another file") from error


def _document(
    report: CaseReport, places: dict[str, tuple[str, int]], percent: int, uncovered: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "passed": not report.failures,
        "cases": [_case_document(result, places[result.case.name]) for result in report.results],
        "coverage": {"percent": percent, "not_covered": list(uncovered)},
    }


def _case_document(result: CaseResult, place: tuple[str, int]) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "path": place[0],
        "line": place[1],
        "passed": result.passed,
        "failure": result.failure,
        "allowed": result.answer.allowed,
        "reason_code": result.answer.reason_code.value,
        "policies": list(result.answer.policies),
    }
