"""Lets a version become current only when its cases pass. Reads the slices that cases ask about, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from policies.calls.errors import GovernanceError
from policies.calls.language.cases import Case, sentence
from policies.calls.rehearsing.case_runs import CaseResult, run_cases
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.version import Documents, StoredVersion


class CasesFailedError(GovernanceError):
    """Cases that a version does not pass."""

    def __init__(self, failures: tuple[CaseResult, ...], asked: int) -> None:
        """Name the first, and keep all."""
        first = failures[0]
        super().__init__(
            f"{len(failures)} of {asked} cases fail, the first is `{first.case.name}`: {first.failure}",
            hint="correct the policies, or the cases if what they expect is no longer wanted",
        )
        self.failures = failures


class InvalidCaseError(GovernanceError):
    """A case that can not be asked; `position` counts from 1."""

    def __init__(self, position: int, why: str) -> None:
        """Say which and why."""
        super().__init__(
            f"case {position} is not a case: {why}",
            hint="a case has name, request, expect and, if wanted, policies, reason_code, environment, at",
        )
        self.position = position


def read_case_values(values: Iterable[Mapping[str, Any]]) -> tuple[Case, ...]:
    """Turn JSON values into cases. Raises InvalidCaseError."""
    found: list[Case] = []
    for position, value in enumerate(values, start=1):
        try:
            found.append(Case.model_validate(value))
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in fault["loc"])
            why = sentence(fault["msg"])
            raise InvalidCaseError(position, f"`{where}`: {why}" if where else why) from error
    return tuple(found)


def judge(version: StoredVersion, documents: Documents, more: Iterable[Case] = ()) -> None:
    """Run the version's own cases and `more`. Raises CasesFailedError, InvalidCaseError or StoreError."""
    cases = (*read_case_values(version.cases.cases), *more)
    if not cases:
        return
    report = run_cases(Rehearsal(documents, version.version), cases)
    if report.failures:
        raise CasesFailedError(report.failures, len(cases))
