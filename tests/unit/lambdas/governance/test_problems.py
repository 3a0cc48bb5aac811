"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from lambdas.governance.problems import RefusedError, problem, problem_of
from policies.calls.changing import errors as changing
from policies.calls.changing.interface import AdminMessage
from policies.calls.changing.problem import ProblemCode
from policies.calls.changing.requests import Rollback
from policies.calls.errors import GovernanceError
from policies.calls.language.errors import PolicyError
from policies.calls.store import errors as store
from policies.calls.trail import errors as trail
from policies.calls.versions import errors as versions

CODES = [
    (changing.NotFoundError("x"), "not-found", 404),
    (store.DraftGoneError("x"), "not-found", 404),
    (changing.DeclaredPolicyError("p", "orbit"), "declared", 409),
    (changing.SameActorError("d", "ada"), "same-actor", 403),
    (changing.UnfitPolicyError("x"), "invalid-policy", 422),
    (versions.RulesError("x"), "invalid-policy", 422),
    (versions.TooLargeError(what="x", size=2, limit=1), "too-large", 413),
    (changing.MergeConflictError(table="t", policies=("p",), current="v"), "conflict", 409),
    (changing.EmptyDraftError("x"), "conflict", 409),
    (store.StoreUnreachableError("x", table="t"), "store-unavailable", 503),
    (versions.StoreCorruptError("x", table="t"), "store-unavailable", 503),
    (trail.CheckpointError("x"), "store-unavailable", 503),
    (changing.ApprovalRequiredError(), "approval-required", 403),
    (changing.UnknownPersonError("x"), "same-actor", 403),
    (changing.UnprovenActorError("x"), "unproven-actor", 403),
    (store.ReplayedRequestError(), "unproven-actor", 403),
    (changing.UnreadableFolderError("x"), "invalid-request", 400),
    (RefusedError(ProblemCode.APPROVAL_REQUIRED, "x"), "approval-required", 403),
    (GovernanceError("x"), "internal-error", 500),
]


@pytest.mark.parametrize(("error", "code", "status"), CODES, ids=lambda value: type(value).__name__)
def test_each_error_has_its_kind_and_status(error: GovernanceError, code: str, status: int) -> None:
    """And keeps its message and hint."""
    made = problem_of(error)
    assert (made.code, made.status, made.type) == (code, status, f"urn:myelin:problem:{code}")
    assert (made.detail, made.hint) == (error.message, error.hint)


def test_a_mistake_in_a_policy_has_its_place() -> None:
    """The file as it was sent, line and column."""
    error = PolicyError("it is wrong", path=Path("a.cedar"), line=3, column=7, hint="mend it")
    made = problem_of(error)
    (fault,) = made.faults
    assert (fault.path, fault.line, fault.column, fault.hint) == ("a.cedar", 3, 7, "mend it")
    assert made.detail == "a.cedar:3:7: it is wrong"


def test_a_conflict_names_both_versions() -> None:
    """So that a client can look at what changed."""
    made = problem_of(store.PublishConflictError(table="t", expected="v1", found="v2"))
    assert (made.status, made.expected, made.found) == (409, "v1", "v2")


def test_a_malformed_message_is_explained_without_its_values() -> None:
    """They may be secret, and may be long."""
    with pytest.raises(ValidationError) as caught:
        Rollback.model_validate({"to": "a-secret", "extra": 1})
    made = problem_of(caught.value)
    assert made.code == "invalid-request"
    assert "a-secret" not in made.model_dump_json()
    assert [fault.message.split(":")[0] for fault in made.faults] == ["to", "extra"]


def test_a_problem_lists_at_most_fifty_faults() -> None:
    """Of a set with a thousand mistakes the first are enough."""
    assert issubclass(type(problem(ProblemCode.CASES_FAILED, "x")), AdminMessage)
    fault = problem_of(PolicyError("x", path=Path("a"))).faults[0]
    assert len(problem(ProblemCode.CASES_FAILED, "x", faults=(fault,) * 1000).faults) == 50
