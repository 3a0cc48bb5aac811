"""The report as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .values import Check, Finding, Problem, Report, Suppression

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SUPPRESSION_RULE = "suppression"
"""The rule id of suppressions that fail."""


def sarif_document(report: Report) -> dict[str, Any]:
    """One run with a result for each failure, excused ones marked as suppressed."""
    excused = [entry.finding for entry in report.suppressed]
    findings = [*report.failed, *report.known, *excused]
    results = [
        *(_result(finding, []) for finding in report.failed),
        *(_result(finding, [{"kind": "external", "justification": "baseline"}]) for finding in report.known),
        *(_result(entry.finding, [_suppression(entry.suppression)]) for entry in report.suppressed),
        *(_problem(problem) for problem in report.problems),
    ]
    driver = {
        "name": "myelin check",
        "informationUri": "https://www.checkov.io/",
        "rules": _rules(findings, report.problems),
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "results": results,
                "properties": {
                    "suppressions": [_listed(item) for item in report.suppressions],
                    "stacks": [
                        {
                            "stack": scan.stack,
                            "checks": scan.ran,
                            "unmapped": [item.urn for item in scan.unmapped],
                        }
                        for scan in report.scans
                    ],
                },
            }
        ],
    }


def _rules(findings: Iterable[Finding], problems: Iterable[Problem]) -> list[dict[str, Any]]:
    checks: Mapping[str, Check] = {finding.check.id: finding.check for finding in findings}
    rules: list[dict[str, Any]] = []
    for check in sorted(checks.values(), key=lambda one: one.id):
        rule: dict[str, Any] = {"id": check.id, "shortDescription": {"text": check.title}}
        if check.hint:
            rule["help"] = {"text": check.hint}
        rules.append(rule)
    if any(True for _ in problems):
        rules.append(
            {"id": SUPPRESSION_RULE, "shortDescription": {"text": "Ensure that suppressions are in force"}}
        )
    return rules


def _result(finding: Finding, suppressions: list[dict[str, Any]]) -> dict[str, Any]:
    about = f"{finding.name} ({finding.token})"
    if finding.component:
        about = f"{about} in {finding.component}"
    message = f"{finding.check.title}: {about}"
    if finding.detail:
        message = f"{message}: {finding.detail}"
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": finding.urn, "kind": "resource"}],
    }
    if finding.location is not None:
        location["physicalLocation"] = _physical(finding.location.path, finding.location.line)
    result: dict[str, Any] = {
        "ruleId": finding.check.id,
        "level": "error",
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"checkAndUrn/v1": finding.fingerprint},
    }
    if suppressions:
        result["suppressions"] = suppressions
    return result


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "ruleId": SUPPRESSION_RULE,
        "level": "error",
        "message": {"text": f"{problem.message}; {problem.hint}"},
        "locations": [{"physicalLocation": _physical(problem.path, problem.line)}],
    }


def _suppression(item: Suppression) -> dict[str, Any]:
    return {
        "kind": "inSource",
        "justification": f"{item.reason} (until {item.until})",
        "location": {"physicalLocation": _physical(item.path, item.line)},
    }


def _listed(item: Suppression) -> dict[str, Any]:
    return {
        "place": f"{item.path}:{item.line}",
        "checks": list(item.checks),
        "until": item.until.isoformat(),
        "reason": item.reason,
    }


def _physical(path: str, line: int) -> dict[str, Any]:
    return {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
