"""Why a version does not pass its cases."""

from __future__ import annotations

from policies.calls.errors import GovernanceError
from policies.calls.rehearsing.case_runs import CaseResult


class CasesFailedError(GovernanceError):
    """Cases that the version decides otherwise than they expect; `failures` has all of them."""

    def __init__(self, failures: tuple[CaseResult, ...], asked: int) -> None:
        first = failures[0]
        super().__init__(
            f"{len(failures)} of {asked} cases fail, the first is `{first.case.name}`: {first.failure}",
            hint="correct the policies, or the cases if what they expect is no longer wanted",
        )
        self.failures = failures


class InvalidCaseError(GovernanceError):
    """A published case that is malformed; `position` in the list of cases, from 1."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(
            f"case {position} is not a case: {why}",
            hint="a case has name, request, expect and, if wanted, policies, reason_code, environment, at",
        )
        self.position = position


class ProtectedCaseError(GovernanceError):
    """A version that drops or changes a protected case, which guards a policy; `case` is its name."""

    def __init__(self, case: str, *, dropped: bool) -> None:
        super().__init__(
            f"the protected case `{case}` would be {'dropped' if dropped else 'changed'}",
            hint="keep it as it is; or publish it once with `protected: false`, and then without it",
        )
        self.case = case
