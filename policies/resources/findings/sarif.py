"""The report as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ..graph.values import Location
from .severity import Severity
from .source_paths import SourcePaths, SourcePlace
from .values import Check, Finding, Problem, Report, Suppression

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SUPPRESSION_RULE = "suppression"
"""The rule id of suppressions that fail."""
_LEVELS: Mapping[Severity, str] = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_SCORES: Mapping[Severity, str] = {
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
"""GitHub reads a severity as a number: https://docs.github.com/code-security, "SARIF support"."""


def sarif_document(report: Report, paths: SourcePaths) -> dict[str, Any]:
    """One run with a result for each failure, excused ones marked as suppressed.

    What is undecided is no result, for code scanning would raise an alert; the run's properties count it.
    """
    writer = _Writer(paths)
    excused = [entry.finding for entry in report.suppressed]
    findings = [*report.failed, *report.known, *excused]
    known = {"kind": "external", "justification": "baseline"}
    results = [
        *(writer.result(finding, []) for finding in report.failed),
        *(writer.result(finding, [known]) for finding in report.known),
        *(
            writer.result(entry.finding, [writer.suppression(entry.suppression)])
            for entry in report.suppressed
        ),
        *(writer.problem(problem) for problem in report.problems),
    ]
    driver = {
        "name": "myelin check",
        "informationUri": "https://www.checkov.io/",
        "rules": _rules(findings, report.problems),
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "properties": _properties(report)}],
    }


def _properties(report: Report) -> dict[str, Any]:
    return {
        "suppressions": [_listed(item) for item in report.suppressions],
        "undecided": [
            {"ruleId": finding.check.id, "urn": finding.urn, "reason": finding.detail}
            for finding in report.undecided
        ],
        "stacks": [
            {
                "stack": scan.stack,
                "checks": scan.ran,
                "unmapped": [item.urn for item in scan.unmapped],
                "notes": list(scan.notes),
            }
            for scan in report.scans
        ],
    }


def _rules(findings: Iterable[Finding], problems: Iterable[Problem]) -> list[dict[str, Any]]:
    checks: Mapping[str, Check] = {finding.check.id: finding.check for finding in findings}
    rules: list[dict[str, Any]] = []
    for check in sorted(checks.values(), key=lambda one: one.id):
        rule: dict[str, Any] = {
            "id": check.id,
            "shortDescription": {"text": check.title},
            "defaultConfiguration": {"level": _LEVELS[check.severity]},
            "properties": {"security-severity": _SCORES[check.severity], "tags": ["security"]},
        }
        if check.hint:
            rule["help"] = {"text": check.hint}
        rules.append(rule)
    if any(True for _ in problems):
        rules.append(
            {"id": SUPPRESSION_RULE, "shortDescription": {"text": "Ensure that suppressions are in force"}}
        )
    return rules


class _Writer:
    """Writes results with their places."""

    def __init__(self, paths: SourcePaths) -> None:
        self._paths = paths

    def result(self, finding: Finding, suppressions: list[dict[str, Any]]) -> dict[str, Any]:
        place = self._paths.place(finding.location)
        result: dict[str, Any] = {
            "ruleId": finding.check.id,
            "level": _LEVELS[finding.check.severity],
            "message": {"text": _message(finding, place)},
            "locations": [
                {
                    "physicalLocation": _physical(place),
                    "logicalLocations": [{"fullyQualifiedName": finding.urn, "kind": "resource"}],
                }
            ],
            "partialFingerprints": {"checkAndUrn/v1": finding.fingerprint},
        }
        if suppressions:
            result["suppressions"] = suppressions
        return result

    def problem(self, problem: Problem) -> dict[str, Any]:
        return {
            "ruleId": SUPPRESSION_RULE,
            "level": "error",
            "message": {"text": f"{problem.message}; {problem.hint}"},
            "locations": [{"physicalLocation": self._at(problem.path, problem.line)}],
        }

    def suppression(self, item: Suppression) -> dict[str, Any]:
        return {
            "kind": "inSource",
            "justification": f"{item.reason} (until {item.until})",
            "location": {"physicalLocation": self._at(item.path, item.line)},
        }

    def _at(self, path: str, line: int) -> dict[str, Any]:
        return _physical(self._paths.place(Location(path=path, line=line)))


def _message(finding: Finding, place: SourcePlace) -> str:
    about = f"{finding.name} ({finding.token})"
    if finding.component:
        about = f"{about} in {finding.component}"
    message = f"{finding.check.title}: {about}"
    if finding.detail:
        message = f"{message}: {finding.detail}"
    if not place.exact:
        message = f"{message} (made at {finding.location or 'a line that is not known'})"
    return message


def _listed(item: Suppression) -> dict[str, Any]:
    return {
        "place": f"{item.path}:{item.line}",
        "checks": list(item.checks),
        "until": item.until.isoformat(),
        "reason": item.reason,
    }


def _physical(place: SourcePlace) -> dict[str, Any]:
    return {"artifactLocation": {"uri": quote(place.path)}, "region": {"startLine": place.line}}
