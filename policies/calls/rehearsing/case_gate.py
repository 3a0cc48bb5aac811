"""Refuses a version whose cases do not pass. Reads only the slices that its cases ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from policies.calls.language.cases import Case, sentence
from policies.calls.rehearsing.case_runs import run_cases
from policies.calls.rehearsing.errors import CasesFailedError, InvalidCaseError, ProtectedCaseError
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.version import DocumentSource, StoredVersion


def read_case_values(values: Iterable[Mapping[str, Any]]) -> tuple[Case, ...]:
    """Read cases from JSON values. Raises InvalidCaseError."""
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


def require_protected_cases(before: StoredVersion, after: StoredVersion) -> None:
    """Refuse a version that drops a protected case of the one before, or changes what it asks or expects.

    Its protection can be taken off, by a case that is otherwise the same; then the next version may drop it.
    Raises ProtectedCaseError, InvalidCaseError or StoreError.
    """
    if before.root.cases == after.root.cases:
        return
    kept = {case.name: case for case in read_case_values(after.cases.cases)}
    for case in read_case_values(before.cases.cases):
        if not case.protected:
            continue
        found = kept.get(case.name)
        if found is None or found.model_copy(update={"protected": True}) != case:
            raise ProtectedCaseError(case.name, dropped=found is None)


def require_cases_pass(version: StoredVersion, documents: DocumentSource, more: Iterable[Case] = ()) -> None:
    """Run the cases of a version, and `more`. Raises CasesFailedError, InvalidCaseError or StoreError."""
    cases = (*read_case_values(version.cases.cases), *more)
    if not cases:
        return
    report = run_cases(Rehearsal(documents, version.version), cases)
    if report.failures:
        raise CasesFailedError(report.failures, len(cases))
