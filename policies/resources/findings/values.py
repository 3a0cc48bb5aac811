"""Findings as values, from a single failed check up to the report over all stacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from ..graph.values import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that ran: `tool` is `checkov` or `guardrails`, `hint` says what to do when it fails."""

    id: str
    title: str
    hint: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check that a resource failed.

    `token` is the resource's Pulumi type. `component` is the nearest component that it is in, as
    `name (type)`, and empty for a resource of the stack itself. `detail` says what exactly is wrong, where
    the check tells.
    """

    check: Check
    stack: str
    urn: str
    token: str
    name: str
    component: str = ""
    location: Location | None = None
    detail: str = ""

    @property
    def fingerprint(self) -> str:
        """What stays the same while the same check fails on the same resource."""
        return f"{self.check.id} {self.urn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A resource that no check could look at, because its type has no Terraform name."""

    urn: str
    token: str
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """All that the checks said of one stack.

    `environment` groups stacks in the report. `resources` counts those of AWS, `passed` the checks that
    passed; with the failures they are the checks that ran. `lines` are the places that made its resources.
    """

    stack: str
    environment: str
    source: str
    resources: int
    passed: int
    failures: tuple[Finding, ...]
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()
    lines: frozenset[Location] = frozenset()

    @property
    def ran(self) -> int:
        """How many checks ran."""
        return self.passed + len(self.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A comment that excuses failures of some checks on the code beside it.

    It stands in `path` at `line` and speaks of the lines `first` to `last`; `stacks` are patterns of stack
    names, empty for all. After the day `until` it excuses nothing.
    """

    path: str
    line: int
    first: int
    last: int
    checks: tuple[str, ...]
    until: date
    reason: str
    stacks: tuple[str, ...] = ()

    def speaks_of(self, stack: str) -> bool:
        """Whether a stack is one that it means."""
        return not self.stacks or any(fnmatchcase(stack, pattern) for pattern in self.stacks)

    def covers(self, location: Location | None) -> bool:
        """Whether a line of code is one that it stands beside."""
        return (
            location is not None and location.path == self.path and self.first <= location.line <= self.last
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding and the suppression that excuses it."""

    finding: Finding
    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A suppression that is malformed, has expired, or excuses nothing any more; it fails the run."""

    path: str
    line: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome over all stacks of a run.

    `suppressions` are all that speak of any of these stacks, matched or not; `settled` are entries of the
    baseline that no longer fail.
    """

    scans: tuple[Scan, ...]
    failed: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    known: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    settled: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is left to do."""
        return not self.failed and not self.problems

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments in the order of their scans."""
        return tuple(dict.fromkeys(scan.environment for scan in self.scans))

    def of(self, environment: str) -> Iterable[Scan]:
        """The scans of an environment's stacks."""
        return (scan for scan in self.scans if scan.environment == environment)
