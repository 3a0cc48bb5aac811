"""The report for people: how much was checked, what failed by check, what is undecided, what is excused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from .values import Finding, Report, Scan

SHOWN = 10
"""How many places of a check are shown where no other number is wanted."""


def text_lines(report: Report, shown: int = SHOWN) -> Iterator[str]:
    """The report line by line, without colours; at most `shown` places of each check, 0 for all."""
    yield from _heading(report)
    yield from _failed(report, shown)
    yield from _undecided(report, shown)
    yield from _problems(report)
    yield from _suppressions(report)
    yield from _unmapped(report, shown)
    yield from _baseline(report)
    yield _ending(report)


def _heading(report: Report) -> Iterator[str]:
    for environment in report.environments:
        scans = list(report.of(environment))
        yield f"{environment}: {tally(report, scans)}"
        for scan in scans:
            yield from (f"  {scan.stack}: {note}" for note in scan.notes)
    yield ""


def _failed(report: Report, shown: int) -> Iterator[str]:
    ordered = sorted(report.failed, key=_by_check)
    for _, group in groupby(ordered, key=_by_check):
        findings = list(group)
        check = findings[0].check
        yield f"{check.severity}: {check.id} {check.title}"
        # what to do may differ from type to type, and from language to language
        for hint, alike in groupby(sorted(findings, key=_by_hint), key=_by_hint):
            if hint:
                yield f"  hint: {hint}"
            yield from _places(report, list(alike), shown)
        yield ""


def _by_check(finding: Finding) -> tuple[int, str]:
    return -finding.check.severity.rank, finding.check.id


def _by_hint(finding: Finding) -> str:
    return finding.check.hint


def _places(report: Report, findings: Sequence[Finding], shown: int) -> Iterator[str]:
    for finding in findings[: shown or None]:
        yield f"  {_place(report, finding)}"
        if finding.detail:
            yield f"      {finding.detail}"
    if shown and len(findings) > shown:
        yield f"  and {len(findings) - shown} more; `--show 0` shows all"


def _place(report: Report, finding: Finding) -> str:
    stack = f"{finding.stack}: " if len(report.scans) > 1 else ""
    component = f" in {finding.component}" if finding.component else ""
    return f"{stack}{finding.location or '(line not known)'}: {finding.name} ({finding.token}){component}"


def _undecided(report: Report, shown: int) -> Iterator[str]:
    """What hangs on the same is told once, with all checks."""
    if not report.undecided:
        return
    yield "not decided:"
    reasons: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.undecided:
        reasons.setdefault((finding.stack, finding.urn, finding.detail), []).append(finding)
    for findings in list(reasons.values())[: shown or None]:
        yield f"  {_place(report, findings[0])}"
        if findings[0].detail:
            yield f"      {findings[0].detail}"
        yield f"      {', '.join(sorted({finding.check.id for finding in findings}))}"
    if shown and len(reasons) > shown:
        yield f"  and {len(reasons) - shown} more resources; `--show 0` shows all"
    yield ""


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


def _unmapped(report: Report, shown: int) -> Iterator[str]:
    missing = [(scan.stack, item) for scan in report.scans for item in scan.unmapped]
    if not missing:
        return
    yield "not checked, as the type has no Terraform name:"
    for stack, item in missing[: shown or None]:
        place = f"{item.location}: " if item.location else ""
        yield f"  {stack}: {place}{item.token} {item.urn}"
    if shown and len(missing) > shown:
        yield f"  and {len(missing) - shown} more; `--show 0` shows all"
    yield ""


def _baseline(report: Report) -> Iterator[str]:
    if report.settled:
        yield "in the baseline and mended since; write the baseline anew:"
        yield from (f"  {entry}" for entry in report.settled)
        yield ""


def tally(report: Report, scans: Sequence[Scan]) -> str:
    """What was checked in some stacks and what came of it, in one line."""
    stacks = {scan.stack for scan in scans}
    resources, ran = sum(scan.resources for scan in scans), sum(scan.ran for scan in scans)
    what = f"{_counted(ran, 'check')} on {_counted(resources, 'resource')} of {_counted(len(scans), 'stack')}"
    if not ran:
        return f"nothing was judged: {what}"
    parts = [
        f"{_count(report.failed, stacks)} failed",
        f"{_count(report.undecided, stacks)} not decided",
        f"{sum(scan.passed for scan in scans)} passed",
        f"{_count((entry.finding for entry in report.suppressed), stacks)} suppressed",
    ]
    if known := _count(report.known, stacks):
        parts.append(f"{known} in the baseline")
    return f"{', '.join(parts)}: {what}"


def _count(findings: Iterable[Finding], stacks: set[str]) -> int:
    return sum(finding.stack in stacks for finding in findings)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _ending(report: Report) -> str:
    parts = []
    if report.failed:
        parts.append(_counted(len(report.failed), "failed check"))
    if report.problems:
        parts.append(_counted(len(report.problems), "suppression"))
    if parts:
        return f"to mend: {' and '.join(parts)}"
    if not report.judged:
        return "nothing was judged"
    if report.undecided:
        return f"nothing to mend, and {_counted(len(report.undecided), 'check')} not decided"
    return "nothing to mend"
