"""Settles what each finding comes to: excused, known from the baseline, undecided, or left to mend.

failure -> a suppression that covers it? -> has it expired? -> in the baseline? -> failed
undecided -> a suppression that covers it? -> undecided
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .selection import EVERYTHING, Selection
from .values import Finding, Problem, Report, Scan, Suppressed, Suppression


def settle(
    scans: Sequence[Scan],
    written: Sequence[Suppression | Problem],
    baseline: frozenset[str],
    today: date,
    *,
    whole: bool,
    selection: Selection = EVERYTHING,
) -> Report:
    """Make the report of a run.

    `written` are the suppressions found in the program and what is wrong with others; `baseline` holds
    fingerprints. `whole` says that the scans cover whole programs, so that a suppression beside code that
    made no resource can be called idle. Where a scan misses resources, neither suppressions nor the baseline
    are held to what it found; nor is the baseline to checks that the `selection` leaves out.
    """
    stacks = tuple(scan.stack for scan in scans)
    concerned = tuple(
        item for item in written if isinstance(item, Suppression) and any(map(item.speaks_of, stacks))
    )
    failed: list[Finding] = []
    suppressed: list[Suppressed] = []
    known: list[Finding] = []
    failures = [finding for scan in scans for finding in scan.failures]
    undecided: list[Finding] = []
    for finding in (finding for scan in scans for finding in scan.undecided):
        excuse = _excuse(finding, concerned, today)
        if excuse is None:
            undecided.append(finding)
        else:
            suppressed.append(Suppressed(finding=finding, suppression=excuse))
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
        *(problem for item in concerned for problem in _problems(item, scans, today, whole=whole)),
    ]
    return Report(
        scans=tuple(scans),
        failed=tuple(sorted(failed, key=_place)),
        undecided=tuple(sorted(undecided, key=_place)),
        suppressed=tuple(suppressed),
        known=tuple(known),
        problems=tuple(sorted(problems, key=lambda problem: (problem.path, problem.line))),
        suppressions=concerned,
        settled=tuple(
            entry for entry in _settled(baseline, scans) if selection.wants(entry.partition(" ")[0])
        ),
    )


def _settled(baseline: frozenset[str], scans: Sequence[Scan]) -> tuple[str, ...]:
    """Entries of the baseline that neither fail nor are undecided, where all resources were looked at."""
    if any(scan.missing for scan in scans):
        return ()
    found = {finding.fingerprint for scan in scans for finding in (*scan.failures, *scan.undecided)}
    return tuple(sorted(baseline - found))


def _excuse(finding: Finding, suppressions: Sequence[Suppression], today: date) -> Suppression | None:
    return next((item for item in suppressions if today <= item.until and _means(item, finding)), None)


def _means(item: Suppression, finding: Finding) -> bool:
    """Whether a suppression speaks of a finding, expired or not."""
    return (
        finding.check.id in item.checks
        and item.speaks_of(finding.stack)
        and item.covers(finding.location, finding.name)
    )


def _problems(item: Suppression, scans: Sequence[Scan], today: date, *, whole: bool) -> list[Problem]:
    if today > item.until:
        return [
            _problem(item, f"this suppression expired on {item.until}", "mend the finding, or decide again")
        ]
    meant = [scan for scan in scans if item.speaks_of(scan.stack)]
    # of a check that did not run, because nothing that it looks at is there, nothing can be said
    ran = [check for check in item.checks if any(check in scan.checks for scan in meant)]
    if not ran or any(scan.missing for scan in meant):
        return []
    if not any(item.covers(*place) for scan in meant for place in scan.places):
        # without the whole program, what it stands beside may belong to a stack that was not looked at
        message = "this suppression stands beside nothing that makes a resource"
        return (
            [_problem(item, message, "put it above the call that makes one, or remove it")] if whole else []
        )
    findings = (finding for scan in scans for finding in (*scan.failures, *scan.undecided))
    needed = {finding.check.id for finding in findings if _means(item, finding)}
    idle = [check for check in ran if check not in needed]
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
