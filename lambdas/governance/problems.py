"""Turns errors into problem details (RFC 9457), each with its HTTP status. Pure."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import ValidationError

from policies.calls.changing.errors import (
    ApprovalRequiredError,
    DeclaredPolicyError,
    EmptyDraftError,
    MergeConflictError,
    NotFoundError,
    SameActorError,
    UnfitPolicyError,
    UnknownPersonError,
    UnprovenActorError,
    UnreadableFolderError,
)
from policies.calls.changing.problem import AdminFault, AdminProblem, ProblemCode
from policies.calls.errors import GovernanceError
from policies.calls.language.cases import sentence
from policies.calls.language.errors import PolicyError
from policies.calls.rehearsing.errors import CasesFailedError, InvalidCaseError, ProtectedCaseError
from policies.calls.store.errors import DraftGoneError, PublishConflictError, ReplayedRequestError
from policies.calls.trail.errors import BrokenChainError, CheckpointError
from policies.calls.versions.errors import RulesError, StoreError, TooLargeError

_STATUS = {
    ProblemCode.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    ProblemCode.INVALID_POLICY: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.CASES_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ProblemCode.NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ProblemCode.CONFLICT: HTTPStatus.CONFLICT,
    ProblemCode.APPROVAL_REQUIRED: HTTPStatus.FORBIDDEN,
    ProblemCode.SAME_ACTOR: HTTPStatus.FORBIDDEN,
    ProblemCode.UNPROVEN_ACTOR: HTTPStatus.FORBIDDEN,
    ProblemCode.DECLARED: HTTPStatus.CONFLICT,
    ProblemCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ProblemCode.STORE: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_CODES: tuple[tuple[tuple[type[GovernanceError], ...], ProblemCode], ...] = (
    ((NotFoundError, DraftGoneError), ProblemCode.NOT_FOUND),
    ((DeclaredPolicyError,), ProblemCode.DECLARED),
    ((SameActorError, UnknownPersonError), ProblemCode.SAME_ACTOR),
    ((UnprovenActorError, ReplayedRequestError), ProblemCode.UNPROVEN_ACTOR),
    ((ApprovalRequiredError,), ProblemCode.APPROVAL_REQUIRED),
    ((UnreadableFolderError,), ProblemCode.INVALID_REQUEST),
    ((UnfitPolicyError, RulesError, InvalidCaseError, ProtectedCaseError), ProblemCode.INVALID_POLICY),
    ((TooLargeError,), ProblemCode.TOO_LARGE),
    ((MergeConflictError, EmptyDraftError), ProblemCode.CONFLICT),
    ((StoreError, CheckpointError, BrokenChainError), ProblemCode.STORE),
)
"""The kind of each error's problem; the first that fits."""
_MOST_FAULTS = 50


class RefusedError(GovernanceError):
    """A request that is refused before it comes to the policies; `code` is the kind of its problem."""

    def __init__(self, code: ProblemCode, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


def problem(
    code: ProblemCode, detail: str, *, hint: str = "", faults: tuple[AdminFault, ...] = ()
) -> AdminProblem:
    """Make a problem of this kind."""
    return AdminProblem(
        type=f"urn:myelin:problem:{code}",
        title=code.replace("-", " "),
        status=_STATUS[code],
        detail=detail,
        code=code,
        hint=hint,
        faults=list(faults[:_MOST_FAULTS]),
    )


def problem_of(error: GovernanceError | ValidationError) -> AdminProblem:
    """The problem for an error."""
    match error:
        case PolicyError():
            fault = AdminFault(
                message=error.message,
                path=str(error.path),
                line=error.line,
                column=error.column,
                hint=error.hint,
            )
            return problem(ProblemCode.INVALID_POLICY, str(error), hint=error.hint, faults=(fault,))
        case ValidationError():
            return problem(
                ProblemCode.INVALID_REQUEST,
                "the request is not as it should be: " + "; ".join(fault.message for fault in _faults(error)),
                hint="docs/governance.md says what each request holds",
                faults=_faults(error),
            )
        case CasesFailedError():
            faults = tuple(AdminFault(message=each.failure, case=each.case.name) for each in error.failures)
            return problem(ProblemCode.CASES_FAILED, error.message, hint=error.hint, faults=faults)
        case PublishConflictError():
            made = problem(ProblemCode.CONFLICT, error.message, hint=error.hint)
            return made.model_copy(update={"expected": error.expected, "found": error.found})
        case RefusedError(code=code):
            return problem(code, error.message, hint=error.hint)
        case _:
            return problem(_code_of(error), error.message, hint=error.hint)


def _code_of(error: GovernanceError) -> ProblemCode:
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), ProblemCode.INTERNAL)


def _faults(error: ValidationError) -> tuple[AdminFault, ...]:
    """The mistakes in a request; its values are not repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(
        AdminFault(
            message=f"{'.'.join(str(part) for part in fault['loc']) or 'the body'}: {sentence(fault['msg'])}"
        )
        for fault in faults[:10]
    )
