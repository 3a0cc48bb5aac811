"""Which checks count, and which findings make a run fail."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .severity import Severity
from .values import Report

UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Checks by patterns of their ids: `only` these, where any are given, and none of `without`."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def wants(self, identity: str) -> bool:
        """Whether a check counts."""
        if self.only and not _any_fits(identity, self.only):
            return False
        return not _any_fits(identity, self.without)

    def unknown(self, identities: Collection[str]) -> tuple[str, ...]:
        """The patterns that fit none of some ids."""
        return tuple(
            pattern
            for pattern in (*self.only, *self.without)
            if not any(fnmatchcase(identity, pattern) for identity in identities)
        )


EVERYTHING = Selection()


def _any_fits(identity: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(identity, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOn:
    """What makes a run fail: findings of a severity or a higher one, and undecided ones if wanted."""

    severity: Severity = Severity.LOW
    undecided: bool = False

    def fails(self, report: Report) -> bool:
        """Whether a report has anything that makes the run fail; a suppression that fails always does."""
        return (
            bool(report.problems)
            or any(finding.check.severity.rank >= self.severity.rank for finding in report.failed)
            or (self.undecided and bool(report.undecided))
        )
