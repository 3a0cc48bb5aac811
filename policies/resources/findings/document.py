"""The report as one JSON document."""

from __future__ import annotations

from typing import Any

from .values import Finding, Report, Scan, Suppression


def json_document(report: Report) -> dict[str, Any]:
    """Everything that the report has; documented in docs/check.md."""
    return {
        "clean": report.clean,
        "stacks": [_scan(scan) for scan in report.scans],
        "failed": [_finding(finding) for finding in report.failed],
        "undecided": [_finding(finding) for finding in report.undecided],
        "suppressed": [
            {**_finding(entry.finding), "suppression": _place(entry.suppression)}
            for entry in report.suppressed
        ],
        "baseline": [_finding(finding) for finding in report.known],
        "suppressions": [_suppression(item, report) for item in report.suppressions],
        "problems": [
            {"path": item.path, "line": item.line, "message": item.message, "hint": item.hint}
            for item in report.problems
        ],
        "settled": list(report.settled),
    }


def _scan(scan: Scan) -> dict[str, Any]:
    return {
        "stack": scan.stack,
        "environment": scan.environment,
        "source": scan.source,
        "resources": scan.resources,
        "checks": scan.ran,
        "passed": scan.passed,
        "undecided": len(scan.undecided),
        "unmapped": [
            {
                "urn": item.urn,
                "type": item.token,
                "location": str(item.location) if item.location else None,
            }
            for item in scan.unmapped
        ],
        "notes": list(scan.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    location = finding.location
    return {
        "check": finding.check.id,
        "title": finding.check.title,
        "hint": finding.check.hint,
        "severity": finding.check.severity,
        "tool": finding.check.tool,
        "stack": finding.stack,
        "urn": finding.urn,
        "type": finding.token,
        "name": finding.name,
        "component": finding.component or None,
        "path": location.path if location else None,
        "line": location.line if location else None,
        "detail": finding.detail or None,
    }


def _suppression(item: Suppression, report: Report) -> dict[str, Any]:
    return {
        "place": _place(item),
        "checks": list(item.checks),
        "until": item.until.isoformat(),
        "stacks": list(item.stacks),
        "reason": item.reason,
        "excused": sum(entry.suppression == item for entry in report.suppressed),
    }


def _place(item: Suppression) -> str:
    return f"{item.path}:{item.line}"
