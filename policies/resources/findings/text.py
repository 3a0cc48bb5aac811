"""The report for people: what failed by component, what is excused and why, and how much was checked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from .values import Finding, Report, Scan


def text_lines(report: Report) -> Iterator[str]:
    """The report line by line, without colours."""
    yield from _failed(report)
    yield from _problems(report)
    yield from _suppressions(report)
    yield from _unmapped(report)
    yield from _baseline(report)
    yield from _summary(report)


def _failed(report: Report) -> Iterator[str]:
    for stack, of_stack in groupby(report.failed, key=lambda finding: finding.stack):
        yield f"{stack}: failed"
        ordered = sorted(of_stack, key=lambda finding: (finding.component, finding.token, finding.name))
        for component, findings in groupby(ordered, key=lambda finding: finding.component):
            yield f"  in {component or 'the stack itself'}"
            for finding in findings:
                yield from (f"    {line}" for line in _finding(finding))
        yield ""


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.location or '(line not known)'}: {finding.check.id} {finding.check.title}"
    yield f"    {finding.name} ({finding.token})"
    yield f"    {finding.urn}"
    if finding.detail:
        yield f"    {finding.detail}"
    if finding.check.hint:
        yield f"    hint: {finding.check.hint}"


def _problems(report: Report) -> Iterator[str]:
    if not report.problems:
        return
    yield "suppressions that fail:"
    for problem in report.problems:
        yield f"  {problem.path}:{problem.line}: {problem.message}"
        yield f"    hint: {problem.hint}"
    yield ""


def _suppressions(report: Report) -> Iterator[str]:
    if not report.suppressions:
        return
    yield "suppressions:"
    for item in report.suppressions:
        excused = sum(entry.suppression == item for entry in report.suppressed)
        stacks = f" in {', '.join(item.stacks)}" if item.stacks else ""
        checks = ", ".join(item.checks)
        yield f"  {item.path}:{item.line}: {checks} until {item.until}{stacks} ({excused} excused)"
        yield f"    {item.reason}"
    yield ""


def _unmapped(report: Report) -> Iterator[str]:
    missing = [(scan.stack, item) for scan in report.scans for item in scan.unmapped]
    if not missing:
        return
    yield "not checked by checkov, as the type has no Terraform name:"
    for stack, item in missing:
        place = f"{item.location}: " if item.location else ""
        yield f"  {stack}: {place}{item.token} {item.urn}"
    yield ""


def _baseline(report: Report) -> Iterator[str]:
    if report.settled:
        yield "in the baseline and mended since; write the baseline anew:"
        yield from (f"  {entry}" for entry in report.settled)
        yield ""


def _summary(report: Report) -> Iterator[str]:
    for environment in report.environments:
        scans = list(report.of(environment))
        for scan in scans:
            yield from (f"{scan.stack}: {note}" for note in scan.notes)
        yield f"{environment}: {tally(report, scans)}"
    yield "nothing to mend" if report.clean else _remaining(report)


def tally(report: Report, scans: list[Scan]) -> str:
    """What was checked in some stacks and what came of it, in one line."""
    stacks = {scan.stack for scan in scans}
    resources = sum(scan.resources for scan in scans)
    parts = [
        f"{sum(scan.passed for scan in scans)} passed",
        f"{sum(finding.stack in stacks for finding in report.failed)} failed",
        f"{sum(entry.finding.stack in stacks for entry in report.suppressed)} suppressed",
    ]
    if known := sum(finding.stack in stacks for finding in report.known):
        parts.append(f"{known} in the baseline")
    ran = sum(scan.ran for scan in scans)
    what = f"{_counted(ran, 'check')} ran on {_counted(resources, 'resource')}"
    return f"{what} of {_counted(len(scans), 'stack')}: {', '.join(parts)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _remaining(report: Report) -> str:
    parts = []
    if report.failed:
        parts.append(_counted(len(report.failed), "failed check"))
    if report.problems:
        parts.append(_counted(len(report.problems), "suppression"))
    return f"to mend: {' and '.join(parts)}"
