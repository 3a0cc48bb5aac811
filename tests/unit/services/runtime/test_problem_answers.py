"""What a failed call becomes in the answer to one's own client."""

from __future__ import annotations

from typing import Any

import pytest

from services.runtime.calls.errors import (
    CallDeniedError,
    DeniedByTargetError,
    GrantRefusedError,
    InvalidAnswerError,
    SignatureRefusedError,
    TargetRefusedError,
    TargetTimeoutError,
    TargetUnavailableError,
    TargetUnreachableError,
    TransientTimeoutError,
    TransientUnavailableError,
    TransientUnreachableError,
)
from services.runtime.errors import CallNotDeclaredError, PayloadError
from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.reason_codes import UNAVAILABLE
from services.runtime.problem_answers import denial, problem_of
from services.runtime.requests.problems import ProblemError
from tests.support.services.scripted_calls import permitted

QUESTION = CallQuestion(service="orbit", intent="credit", target="ledger")


def answered(error: Exception) -> ProblemError:
    with pytest.raises(ProblemError) as caught, problem_of():
        raise error
    return caught.value


def denied(reason_code: str, **changes: Any) -> Decision:
    fields: dict[str, Any] = {"allowed": False, "reason": "no policy permits it", "reason_code": reason_code}
    return permitted(QUESTION, **(fields | changes))


@pytest.mark.parametrize(
    ("error", "status", "slug", "retry"),
    [
        (TargetUnreachableError("ledger", "x"), 502, "target-unreachable", False),
        (TransientUnreachableError("ledger", "x"), 502, "target-unreachable", False),
        (TargetRefusedError("ledger", "x"), 502, "target-refused", False),
        (SignatureRefusedError("ledger", 401, key_version="v1"), 502, "target-refused", False),
        (GrantRefusedError("ledger", "x"), 502, "target-refused", False),
        (InvalidAnswerError("ledger", "x"), 502, "target-invalid-answer", False),
        (TargetUnavailableError("ledger", "x"), 503, "target-unavailable", True),
        (TransientUnavailableError("ledger", "x"), 503, "target-unavailable", True),
        (TargetTimeoutError("ledger", "x"), 504, "target-timeout", False),
        (TransientTimeoutError("ledger", "x"), 504, "target-timeout", False),
        (DeniedByTargetError("ledger", status=403, problem={}), 403, "denied-by-policy", False),
        (DeniedByTargetError("ledger", status=503, problem={}), 503, "governance-unavailable", True),
        (CallDeniedError("ledger", denied("forbidden"), governance_ms=1), 403, "denied-by-policy", False),
        (
            CallDeniedError("ledger", denied("governance_timeout"), governance_ms=1),
            503,
            "governance-unavailable",
            True,
        ),
        (CallNotDeclaredError("orbit", "ledger", "erase"), 501, "call-not-declared", False),
        (PayloadError("`amount` is null"), 400, "invalid-request", False),
    ],
)
def test_each_error_has_its_answer(error: Exception, status: int, slug: str, retry: bool) -> None:
    """Status and slug say the kind, and Retry-After stands where asking later may help."""
    found = answered(error)
    assert (found.status, found.slug, found.headers) == (status, slug, {"retry-after": "1"} if retry else {})


def test_other_errors_pass() -> None:
    """What is no failed call stays as it is."""
    with pytest.raises(KeyError), problem_of():
        raise KeyError


@pytest.mark.parametrize("reason_code", sorted(UNAVAILABLE))
def test_governance_in_trouble_is_no_denial(reason_code: str) -> None:
    """Codes that say nothing about the request are 503, with Retry-After."""
    found = denial(denied(reason_code))
    assert (found.status, found.headers) == (503, {"retry-after": "1"})


def test_a_denial_says_by_which_policies() -> None:
    """The members are those of the decision, and its grant is not among them."""
    assert denial(denied("forbidden")).extra == {
        "reason_code": "forbidden",
        "policies": ["p"],
        "policy_version": "pv-1",
        "decision_id": "d-1",
    }


def test_a_denial_of_the_client_s_own_has_no_version() -> None:
    """Without an answer of governance there is no version and no decision to name."""
    found = denial(denied("governance_timeout", policy_version=None, decision_id=None, policies=[]))
    assert found.extra == {"reason_code": "governance_timeout", "policies": []}


def test_a_denial_further_on_is_passed_on() -> None:
    """The first client learns what the service further on was told, and nothing else of its answer."""
    told = {"detail": "no policy permits it", "reason_code": "forbidden", "policies": ["q"], "secret": "x"}
    found = answered(DeniedByTargetError("ledger", status=403, problem=told))
    assert found.extra == {"reason_code": "forbidden", "policies": ["q"]}
    assert found.detail == "`ledger` was denied a call of its own: no policy permits it"
