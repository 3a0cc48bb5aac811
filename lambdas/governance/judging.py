"""Lets a version become current only when its cases pass. Reads the slices that cases ask about, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from lambdas.governance.authorizer import Authorizer
from lambdas.governance.cases import CaseResult, run_cases
from lambdas.governance.documents import Kind
from lambdas.governance.errors import GovernanceError
from lambdas.governance.model import Answer, Question
from lambdas.governance.rehearsal import FixedClock
from lambdas.governance.snapshot import Limits, SnapshotCache
from lambdas.governance.store import Pointer
from lambdas.governance.version import Documents, StoredVersion
from policies.governance.cases import Case, sentence

_PARSED = 100_000
_LIMITS = Limits(refresh_seconds=1e9, staleness_seconds=1e12, policies=_PARSED)


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
    report = run_cases(_Asked(documents, version.version), cases)
    if report.failures:
        raise CasesFailedError(report.failures, len(cases))


class _Asked:
    """A version that is wherever its documents are, to be asked as if it were current."""

    def __init__(self, documents: Documents, version: str) -> None:
        self._clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
        self._cache = SnapshotCache(_Pinned(documents, version), self._clock, _LIMITS)

    def decide(self, event: object, *, at: datetime, environment: str) -> Answer:
        """The function's answer, had it been asked then and there."""
        self._clock.moment = at
        authorizer = Authorizer(
            cache=self._cache,
            clock=self._clock,
            environment=environment,
            parse=Question.model_validate,
            new_id=lambda: "case",
        )
        return authorizer.answer(event)


class _Pinned:
    """The reading half of a store in which one version is current, whichever is."""

    def __init__(self, documents: Documents, version: str) -> None:
        self._documents = documents
        self._version = version
        self.table = documents.table

    def pointer(self) -> Pointer | None:
        return Pointer(version=self._version, sequence=1, published_at="")

    def load(self, kind: Kind, name: str) -> str:
        return self._documents.load(kind, name)
