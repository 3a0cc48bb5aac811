"""Findings, scans and suppressions to settle, with sensible parts left out."""

from __future__ import annotations

from datetime import date

from policies.resources.findings.values import Check, Finding, Scan, Suppression
from policies.resources.graph.values import Location

TODAY = date(2026, 11, 22)
LATER = date(2027, 6, 30)
PATH = "components/store.py"
BUCKET = "aws:s3/bucket:Bucket"


def finding(
    check: str = "CKV_AWS_18", *, line: int | None = 10, stack: str = "dev-platform", name: str = "logs"
) -> Finding:
    return Finding(
        check=Check(id=check, title=f"Ensure {check}", hint="set `logging`", tool="checkov"),
        stack=stack,
        urn=f"urn:pulumi:{stack}::myelin::{BUCKET}::{name}",
        token=BUCKET,
        name=name,
        component="store (myelin:store:Store)",
        location=None if line is None else Location(path=PATH, line=line),
        detail="no logging",
    )


def scan(
    *failures: Finding, stack: str = "dev-platform", passed: int = 5, lines: tuple[int, ...] = ()
) -> Scan:
    made = {Location(path=PATH, line=line) for line in lines}
    return Scan(
        stack=stack,
        environment=stack.partition("-")[0],
        source="program",
        resources=3,
        passed=passed,
        failures=failures,
        checks=frozenset({"CKV_AWS_18", "CKV_AWS_21"}),
        places=frozenset({(item.location, item.name) for item in failures} | {(line, "") for line in made}),
    )


def suppression(
    *checks: str, line: int = 10, until: date = LATER, stacks: tuple[str, ...] = ()
) -> Suppression:
    return Suppression(
        path=PATH,
        line=line - 1,
        first=line,
        last=line + 3,
        checks=checks or ("CKV_AWS_18",),
        until=until,
        reason="nobody reads this bucket",
        stacks=stacks,
    )
