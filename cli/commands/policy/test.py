"""`myelin policy test`: ask the cases that stand beside the policies."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.policies.findings import relative
from cli.policies.junit import junit as junit_text
from cli.policies.local import LocalSet, read_set
from cli.session import Session
from cli.terminal.output import note
from cli.terminal.styling import style
from policies.calls.rehearsing.case_runs import CaseReport, CaseResult, run_cases

Place = tuple[str, int]
"""A file and the line in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many policies there are, and the ids of those that have decided no case."""

    policies: int
    uncovered: tuple[str, ...]

    @property
    def percent(self) -> int:
        """How many percent of the policies decided a case, rounded down."""
        return (self.policies - len(self.uncovered)) * 100 // self.policies if self.policies else 100


@command()
def ask_cases(
    session: Session,
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
) -> None:
    """Ask the cases that stand beside the policies.

    A case in a `*.cases.yaml` file says what is asked, the decision expected and, if wanted, the policies
    that have to determine it. Shows which policies no case has decided by. Exits 1 when a case fails.

    Examples:

        myelin policy test

        myelin policy test --junit build/policies.xml --min-coverage 100
    """
    local = read_set(session.project, folder)
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
        _write_file(junit, junit_text(report, places, seconds=seconds))
    coverage = _coverage(local, report)
    session.write(_document(report, places, coverage), _lines(report, places, coverage, seconds))
    if report.failures:
        raise typer.Exit(ExitCode.FAILED)
    if coverage.percent < min_coverage:
        note(f"coverage is {coverage.percent} %, less than the {min_coverage} % asked for")
        raise typer.Exit(ExitCode.FAILED)


def _lines(
    report: CaseReport, places: Mapping[str, Place], coverage: Coverage, seconds: float
) -> Iterator[str]:
    for result in report.failures:
        file, line = places[result.case.name]
        yield f"{style('failed', fg='red', bold=True)} {result.case.name} ({file}:{line})"
        yield f"       {result.failure}"
    passed = len(report.results) - len(report.failures)
    yield f"{passed} of {len(report.results)} cases passed, in {seconds * 1000:.0f} ms"
    decided = coverage.policies - len(coverage.uncovered)
    yield f"{decided} of {coverage.policies} policies decided a case ({coverage.percent} %)"
    for name in coverage.uncovered:
        yield f"       not covered: {name}"


def _coverage(local: LocalSet, report: CaseReport) -> Coverage:
    names = [policy.id for policy in local.sources.policies]
    return Coverage(
        policies=len(names), uncovered=tuple(name for name in names if name not in report.covered)
    )


def _write_file(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise CliError(f"`{path}` cannot be written: {reason}", hint="name another file") from error


def _document(report: CaseReport, places: Mapping[str, Place], coverage: Coverage) -> dict[str, Any]:
    return {
        "passed": not report.failures,
        "cases": [_case_document(result, places[result.case.name]) for result in report.results],
        "coverage": {"percent": coverage.percent, "not_covered": list(coverage.uncovered)},
    }


def _case_document(result: CaseResult, place: Place) -> dict[str, Any]:
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
