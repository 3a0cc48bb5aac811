"""What runs checks on a Terraform plan, as the rest of a scan sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..findings.severity import Severity
from .check_facts import CheckFacts
from .hints import CheckAdvice


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckovResult:
    """What one check says of one address of a plan."""

    id: str
    title: str
    address: str
    passed: bool
    detail: str
    advice: CheckAdvice = CheckAdvice()  # noqa: RUF009 - it is frozen
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCheck:
    """A check that failed to run; `address` is empty where checkov does not say on what."""

    id: str
    why: str
    title: str = ""
    address: str = ""
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckovRun:
    """All results of a run, and the checks that failed to run."""

    results: tuple[CheckovResult, ...]
    broken: tuple[BrokenCheck, ...] = field(default=())


class PlanChecker(Protocol):
    """Whatever runs checks on a plan; `checkov_runner.Checkov` does."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all checks that there are."""
        ...

    def run(
        self, plan: Mapping[str, Any], *, skipped: tuple[str, ...] = (), only: tuple[str, ...] = ()
    ) -> CheckovRun:
        """Run every check but the skipped ones, or only some."""
        ...

    def facts(self, terraform_type: str) -> tuple[CheckFacts, ...]:
        """What the checks for a type look at."""
        ...
