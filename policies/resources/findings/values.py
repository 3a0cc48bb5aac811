"""Findings as values, from a single failed check up to the report over all stacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fnmatch import fnmatchcase

from ..graph.values import Location
from .severity import Severity


class CheckVerdict(Enum):
    """The three things that a check can say."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """What it hangs on is not known, or is not in the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that ran: `tool` is `checkov` or `guardrails`, `hint` says what to do when it fails."""

    id: str
    title: str
    hint: str
    tool: str
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check that a resource failed, or that could not be decided.

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
    passed; with the failures and what is undecided they are the checks that ran. `checks` are the ids of
    these. `places` are the lines that made its resources, and their names. `missing` says why the stack may
    have more resources than were looked at; empty where it has not.
    """

    stack: str
    environment: str
    source: str
    resources: int
    passed: int
    failures: tuple[Finding, ...]
    undecided: tuple[Finding, ...] = ()
    checks: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()
    places: frozenset[tuple[Location | None, str]] = frozenset()

    @property
    def ran(self) -> int:
        """How many checks ran."""
        return self.passed + len(self.failures) + len(self.undecided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A comment that excuses failures of some checks on the code beside it.

    It stands in `path` at `line` and speaks of the lines `first` to `last`, or of the resource with a `name`
    in a language whose lines Pulumi does not tell. `stacks` are patterns of stack names, empty for all. After
    the day `until` it excuses nothing.
    """

    path: str
    line: int
    first: int
    last: int
    checks: tuple[str, ...]
    until: date
    reason: str
    stacks: tuple[str, ...] = ()
    name: str = ""

    def speaks_of(self, stack: str) -> bool:
        """Whether a stack is one that it means."""
        return not self.stacks or any(fnmatchcase(stack, pattern) for pattern in self.stacks)

    def covers(self, location: Location | None, name: str) -> bool:
        """Whether a resource is one that it stands beside: by its line, or by its name if it has none."""
        if location is None:
            return bool(self.name) and name == self.name
        return location.path == self.path and self.first <= location.line <= self.last


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

    `undecided` is no part of what is to mend. `suppressions` are all that speak of any of these stacks,
    matched or not; `settled` are entries of the baseline that no longer fail.
    """

    scans: tuple[Scan, ...]
    failed: tuple[Finding, ...]
    undecided: tuple[Finding, ...] = ()
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
    def judged(self) -> bool:
        """Whether there was anything to judge."""
        return any(scan.ran for scan in self.scans)

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments in the order of their scans."""
        return tuple(dict.fromkeys(scan.environment for scan in self.scans))

    def of(self, environment: str) -> Iterable[Scan]:
        """The scans of an environment's stacks."""
        return (scan for scan in self.scans if scan.environment == environment)
