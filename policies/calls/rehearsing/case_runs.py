"""Runs cases against a version, and finds the policies that determined the answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.calls.deciding.model import Answer
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.language.cases import Case
from policies.calls.rehearsing.rehearsal import Rehearsal

_BY_POLICIES = {ReasonCode.FORBIDDEN, ReasonCode.NO_PERMIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """The result of one case; `failure` is empty if it passed, else lowercase and without a full stop."""

    case: Case
    answer: Answer
    failure: str

    @property
    def passed(self) -> bool:
        """Whether the answer is as expected."""
        return not self.failure


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """The results in the order of the cases, and the ids of the policies that determined passing ones."""

    results: tuple[CaseResult, ...]
    covered: frozenset[str]

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that did not pass."""
        return tuple(result for result in self.results if not result.passed)


def run_cases(version: Rehearsal, cases: Iterable[Case]) -> CaseReport:
    """Ask the version each case. A question that cannot be decided is a denial, and not an error."""
    results = tuple(_run_case(version, case) for case in cases)
    covered = frozenset(name for result in results if result.passed for name in result.answer.policies)
    return CaseReport(results=results, covered=covered)


def _run_case(version: Rehearsal, case: Case) -> CaseResult:
    answer = version.decide(case.request.event(), at=case.at, environment=case.environment)
    return CaseResult(case=case, answer=answer, failure="; ".join(_differences(case, answer)))


def _differences(case: Case, answer: Answer) -> Iterable[str]:
    """How an answer differs from the expected one, the worst first."""
    expected = case.expect == "allow"
    if answer.allowed != expected:
        was = "allowed" if answer.allowed else "denied"
        by = ", ".join(f"`{name}`" for name in answer.policies) or f"`{answer.reason_code}`"
        yield f"expected {case.expect}, but it is {was} by {by}: {answer.reason}"
        return
    code = answer.reason_code
    if case.reason_code is not None and case.reason_code != code:
        known = "" if case.reason_code in set(ReasonCode) else ", and there is no such code"
        yield f"expected the reason code `{case.reason_code}`, but it is `{code}`{known}"
    elif case.reason_code is None and not expected and code not in _BY_POLICIES:
        yield (
            f"denied, but not by the policies: {answer.reason} (if that is meant, expect "
            f"`reason_code: {code}`)"
        )
    if case.policies is not None and set(case.policies) != set(answer.policies):
        expected_names, names = _list_names(case.policies), _list_names(answer.policies)
        yield f"expected to be decided by {expected_names}, but it is by {names}"


def _list_names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "no policy"
