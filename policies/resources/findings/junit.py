"""The report as JUnit XML: a suite for each stack, a case for each check that did not pass."""

from __future__ import annotations

from collections.abc import Iterator

from .junit_xml import JUnitCase, JUnitFailure, JUnitSuite, junit_document
from .values import Finding, Problem, Report, Scan, Suppression


def junit_text(report: Report) -> str:
    """The report as XML.

    Checks that passed are told by one case a stack, which carries their number: CI shows failures, and
    thousands of green lines hide them.
    """
    suites = [JUnitSuite(name=scan.stack, cases=list(_cases(scan, report))) for scan in report.scans]
    if report.suppressions or report.problems:
        cases = [*map(_suppression_case, report.suppressions), *map(_problem_case, report.problems)]
        suites.append(JUnitSuite(name="suppressions", cases=cases))
    return junit_document("myelin check", suites)


def _cases(scan: Scan, report: Report) -> Iterator[JUnitCase]:
    yield JUnitCase(classname=scan.stack, name=f"{scan.passed} of {scan.ran} checks passed")
    for finding in report.failed:
        if finding.stack == scan.stack:
            details = "\n".join(filter(None, (_where(finding), finding.detail, finding.check.hint)))
            yield _case(finding, failure=JUnitFailure(message=finding.check.title, details=details))
    for entry in report.suppressed:
        if entry.finding.stack == scan.stack:
            yield _case(entry.finding, skipped=_excuse(entry.suppression))
    for finding in report.known:
        if finding.stack == scan.stack:
            yield _case(finding, skipped="in the baseline")
    for finding in report.undecided:
        if finding.stack == scan.stack:
            yield _case(finding, skipped=f"not decided: {finding.detail}")
    for item in scan.unmapped:
        yield JUnitCase(classname=item.token, name=item.urn, skipped="not mapped")


def _case(finding: Finding, *, failure: JUnitFailure | None = None, skipped: str | None = None) -> JUnitCase:
    place = finding.location
    return JUnitCase(
        classname=finding.component or finding.token,
        name=f"{finding.check.id} {finding.name}",
        file=place.path if place else "",
        line=place.line if place else None,
        failure=failure,
        skipped=skipped,
    )


def _suppression_case(item: Suppression) -> JUnitCase:
    name = f"{', '.join(item.checks)} until {item.until}: {item.reason}"
    return JUnitCase(classname=f"{item.path}:{item.line}", name=name)


def _problem_case(problem: Problem) -> JUnitCase:
    place = f"{problem.path}:{problem.line}"
    failure = JUnitFailure(message=problem.message, details=f"{place}\n{problem.hint}")
    return JUnitCase(classname=place, name=problem.message, failure=failure)


def _where(finding: Finding) -> str:
    return f"{finding.location or '(line not known)'}\n{finding.urn}"


def _excuse(item: Suppression) -> str:
    return f"{item.reason} (until {item.until}, {item.path}:{item.line})"
