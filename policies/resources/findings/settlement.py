"""Settles what each failure comes to: excused, known from the baseline, or left to mend.

failure -> a suppression that covers it? -> has it expired? -> in the baseline? -> failed
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .values import Finding, Problem, Report, Scan, Suppressed, Suppression


def settle(
    scans: Sequence[Scan],
    written: Sequence[Suppression | Problem],
    baseline: frozenset[str],
    today: date,
    *,
    whole: bool,
) -> Report:
    """Make the report of a run.

    `written` are the suppressions found in the program and what is wrong with others; `baseline` holds
    fingerprints. `whole` says that the scans cover whole programs, so that a suppression beside code that
    made no resource can be called idle.
    """
    stacks = tuple(scan.stack for scan in scans)
    concerned = tuple(
        item for item in written if isinstance(item, Suppression) and any(map(item.speaks_of, stacks))
    )
    failed: list[Finding] = []
    suppressed: list[Suppressed] = []
    known: list[Finding] = []
    failures = [finding for scan in scans for finding in scan.failures]
    for finding in failures:
        excuse = _excuse(finding, concerned, today)
        if excuse is not None:
            suppressed.append(Suppressed(finding=finding, suppression=excuse))
        elif finding.fingerprint in baseline:
            known.append(finding)
        else:
            failed.append(finding)
    problems = [
        *(item for item in written if isinstance(item, Problem)),
        *(problem for item in concerned for problem in _problems(item, scans, failures, today, whole=whole)),
    ]
    return Report(
        scans=tuple(scans),
        failed=tuple(sorted(failed, key=_place)),
        suppressed=tuple(suppressed),
        known=tuple(known),
        problems=tuple(sorted(problems, key=lambda problem: (problem.path, problem.line))),
        suppressions=concerned,
        settled=tuple(sorted(baseline - {finding.fingerprint for finding in failures})),
    )


def _excuse(finding: Finding, suppressions: Sequence[Suppression], today: date) -> Suppression | None:
    return next((item for item in suppressions if today <= item.until and _means(item, finding)), None)


def _means(item: Suppression, finding: Finding) -> bool:
    """Whether a suppression speaks of a finding, expired or not."""
    return finding.check.id in item.checks and item.speaks_of(finding.stack) and item.covers(finding.location)


def _problems(
    item: Suppression, scans: Sequence[Scan], failures: Sequence[Finding], today: date, *, whole: bool
) -> list[Problem]:
    if today > item.until:
        return [
            _problem(item, f"this suppression expired on {item.until}", "mend the finding, or decide again")
        ]
    meant = [scan for scan in scans if item.speaks_of(scan.stack)]
    if not any(item.covers(line) for scan in meant for line in scan.lines):
        # without the whole program, what it stands beside may belong to a stack that was not looked at
        message = "this suppression stands beside nothing that makes a resource"
        return (
            [_problem(item, message, "put it above the call that makes one, or remove it")] if whole else []
        )
    excused = {finding.check.id for finding in failures if _means(item, finding)}
    idle = [check for check in item.checks if check not in excused]
    if not idle:
        return []
    return [
        _problem(item, f"this suppression excuses nothing: {', '.join(idle)} passes here now", "remove it")
    ]


def _problem(item: Suppression, message: str, hint: str) -> Problem:
    return Problem(path=item.path, line=item.line, message=message, hint=hint)


def _place(finding: Finding) -> tuple[str, str, int, str, str]:
    location = finding.location
    return (
        finding.stack,
        location.path if location else "",
        location.line if location else 0,
        finding.check.id,
        finding.urn,
    )
