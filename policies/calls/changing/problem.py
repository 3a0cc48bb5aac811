"""Why the admin function refuses a request."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from policies.calls.changing.interface import AdminMessage


class ProblemCode(StrEnum):
    """The kind of a problem; the last part of its `type`."""

    INVALID_REQUEST = "invalid-request"
    INVALID_POLICY = "invalid-policy"
    CASES_FAILED = "cases-failed"
    NOT_FOUND = "not-found"
    NOT_ALLOWED = "not-allowed"
    CONFLICT = "conflict"
    APPROVAL_REQUIRED = "approval-required"
    SAME_ACTOR = "same-actor"
    UNPROVEN_ACTOR = "unproven-actor"
    DECLARED = "declared"
    TOO_LARGE = "too-large"
    STORE = "store-unavailable"
    INTERNAL = "internal-error"


class AdminFault(AdminMessage):
    """One mistake in a request: `path` is a file of the set, `case` the name of a case that failed."""

    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""
    case: str | None = None


class AdminProblem(AdminMessage):
    """RFC 9457 problem details (https://www.rfc-editor.org/rfc/rfc9457), as `application/problem+json`.

    `expected` and `found` are the versions of a `conflict`.
    """

    type: str
    title: str
    status: int
    detail: str
    code: ProblemCode
    hint: str = ""
    faults: list[AdminFault] = Field(default_factory=list)
    expected: str | None = None
    found: str | None = None
